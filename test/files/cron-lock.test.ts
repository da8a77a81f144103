// The lock, held and fought for by real processes.

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { acquireCronLock, CronLock } from '../../src/files/cron-lock.ts';
import { buryDeadLock } from '../../src/files/dead-lock.ts';
import { readLockHolder, type LockHolder } from '../../src/files/lock-holder.ts';
import { currentProcess } from '../../src/platform/process-identity.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { temporaryFolder } from './temporary-folder.ts';

const STALE_MS = 30_000;
const folder = temporaryFolder();

type Told =
  | { type: 'ready' | 'taken' | 'released' }
  | { type: 'refused'; heldBy?: number }
  | { type: 'lost'; reason: string };

let program: string;
beforeAll(async () => {
  program = join(mkdtempSync(join(tmpdir(), 'lock-')), 'lock-taker.cjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'fixtures/lock-taker.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'error',
  });
});
afterAll(() => {
  rmSync(join(program, '..'), { recursive: true });
});

const started: ChildProcess[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map(kill));
});

async function startTaker(staleMs = STALE_MS): Promise<ChildProcess> {
  const child = fork(program, [folder(), String(staleMs)], { execArgv: [] });
  started.push(child);
  await told(child);
  return child;
}

async function told(child: ChildProcess): Promise<Told> {
  const [message] = (await once(child, 'message')) as [Told];
  return message;
}

/** Tells a process to take the lock, and gives what came of it. */
async function take(child: ChildProcess): Promise<Told> {
  const answer = told(child);
  child.send('take');
  return answer;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Takes the lock from this process. */
function acquire(staleMs = STALE_MS) {
  return acquireCronLock({ storageDir: folder(), staleMs, server: 's1', cycle: 'c1', clock: systemClock });
}

async function acquireHere(staleMs?: number): Promise<CronLock> {
  const lock = await acquire(staleMs);
  expect(lock).toBeInstanceOf(CronLock);
  return lock as CronLock;
}

/** A process that died holding the lock. */
async function leaveDeadLock(): Promise<ChildProcess> {
  const holder = await startTaker();
  expect(await take(holder)).toEqual({ type: 'taken' });
  await kill(holder);
  return holder;
}

describe('a free lock', () => {
  it('is taken, says who holds it, and leaves nothing when it is released', async () => {
    const lock = await acquireHere();

    expect(readLockHolder(folder())).toMatchObject({
      type: 'held',
      process: 'alive',
      holder: { ...currentProcess(), server: 's1', cycle: 'c1' },
    });
    expect(JSON.parse(readFileSync(join(folder(), 'cron.json'), 'utf8'))).toMatchObject({ pid: process.pid });
    await lock.release();
    expect(readLockHolder(folder())).toEqual({ type: 'free' });
    expect(readdirSync(folder())).toEqual([]);
  });

  it('can be released twice', async () => {
    const lock = await acquireHere();

    await lock.release();

    await expect(lock.release()).resolves.toBeUndefined();
  });

  it('goes to one of four who want it at the same time', async () => {
    const takers = await Promise.all([1, 2, 3, 4].map(() => startTaker()));

    const answers = await Promise.all(takers.map(take));

    expect(answers.filter(({ type }) => type === 'taken')).toHaveLength(1);
  });

  it('is made together with its folder', async () => {
    const storageDir = join(folder(), 'a/storage');

    const lock = await acquireCronLock({
      storageDir,
      staleMs: STALE_MS,
      server: 's1',
      cycle: 'c1',
      clock: systemClock,
    });

    expect(existsSync(join(storageDir, 'cron.lock'))).toBe(true);
    await (lock as CronLock).release();
  });
});

describe('a lock whose holder lives', () => {
  it('is refused, and the holder named', async () => {
    const holder = await startTaker();
    await take(holder);

    expect(await acquire()).toMatchObject({ heldBy: { pid: holder.pid, server: 's1' } });
  });

  it('is refused while its holder is stopped and the lock not stale', async () => {
    const holder = await startTaker();
    await take(holder);
    holder.kill('SIGSTOP');

    expect(await acquire()).toMatchObject({ heldBy: { pid: holder.pid } });
  });

  it('is lost by a holder that stalls until it is stale, and the holder learns it', async () => {
    const holder = await startTaker(2_000);
    await take(holder);
    holder.kill('SIGSTOP');

    const lock = await vi.waitFor(() => acquireHere(2_000), { timeout: 10_000, interval: 100 });
    const answer = told(holder);
    holder.kill('SIGCONT');

    expect(await answer).toMatchObject({
      type: 'lost',
      reason: expect.stringContaining('cron.lock was lost'),
    });
    expect(readLockHolder(folder())).toMatchObject({ holder: { pid: process.pid } });
    holder.send('release');
    expect(await told(holder)).toEqual({ type: 'released' });
    expect(readLockHolder(folder())).toMatchObject({ holder: { pid: process.pid } });
    await lock.release();
  });

  it('tells its holder when somebody removes it by hand', async () => {
    const lock = await acquireHere(2_000);

    rmSync(join(folder(), 'cron.lock'), { recursive: true });

    await vi.waitFor(() => expect(lock.lost.aborted).toBe(true), { timeout: 5_000, interval: 20 });
    expect(lock.lost.reason).toMatchObject({ code: 'LOCK_LOST', exitCode: 1 });
    await lock.release();
  });

  it('is free for others as soon as the holder released it', async () => {
    const holder = await startTaker();
    await take(holder);
    holder.send('release');
    await told(holder);

    const lock = await acquireHere();

    await lock.release();
  });
});

describe('a lock whose holder was killed', () => {
  it('is taken over at once', async () => {
    await leaveDeadLock();

    const lock = await acquireHere();

    expect(readLockHolder(folder())).toMatchObject({ process: 'alive', holder: { pid: process.pid } });
    expect(readdirSync(folder()).toSorted()).toEqual(['cron.json', 'cron.lock']);
    await lock.release();
  });

  it('is taken over at once although the clock was set back', async () => {
    await leaveDeadLock();
    const inAnHour = Date.now() / 1000 + 3600;
    utimesSync(join(folder(), 'cron.lock'), inAnHour, inAnHour);

    const lock = await acquireHere();

    await lock.release();
  });

  it('goes to exactly one of four takers, twenty times in a row', { timeout: 60_000 }, async () => {
    let dead = await leaveDeadLock();
    const takers = await Promise.all([1, 2, 3].map(() => startTaker()));

    for (let round = 0; round < 20; round++) {
      expect(readLockHolder(folder())).toMatchObject({ process: 'gone', holder: { pid: dead.pid } });
      takers.push(await startTaker());

      const answers = await Promise.all(takers.map(take));

      expect(answers.map(({ type }) => type).toSorted()).toEqual(['refused', 'refused', 'refused', 'taken']);
      dead = takers.splice(
        answers.findIndex(({ type }) => type === 'taken'),
        1,
      )[0]!;
      await kill(dead);
    }
  });

  it('is taken over although a taker before was killed on the job', async () => {
    const holder = await leaveDeadLock();
    const other = await startTaker();
    const identity = { ...currentProcess(), pid: other.pid!, startTime: startTimeOf(other.pid!) };
    await kill(other);
    const { startTime, bootId } = (readLockHolder(folder()) as { holder: LockHolder }).holder;
    writeFileSync(
      join(folder(), `cron.lock.right-${holder.pid}-${startTime}-${bootId!.slice(0, 8)}`),
      JSON.stringify(identity),
    );

    const lock = await acquireHere();

    expect(readdirSync(folder()).toSorted()).toEqual(['cron.json', 'cron.lock']);
    await lock.release();
  });

  it('is left to a taker that is at it', async () => {
    const holder = await leaveDeadLock();
    const { startTime, bootId } = (readLockHolder(folder()) as { holder: LockHolder }).holder;
    writeFileSync(
      join(folder(), `cron.lock.right-${holder.pid}-${startTime}-${bootId!.slice(0, 8)}`),
      JSON.stringify(currentProcess()),
    );

    expect(await acquire()).toMatchObject({ heldBy: { pid: holder.pid } });
  });

  it('is not buried a second time when somebody else holds it by then', async () => {
    await leaveDeadLock();
    const { holder: dead } = readLockHolder(folder()) as { holder: LockHolder };
    const lock = await acquireHere();

    expect(buryDeadLock(folder(), dead)).toBe('done');

    expect(readLockHolder(folder())).toMatchObject({ holder: { pid: process.pid } });
    await lock.release();
  });
});

describe('a lock whose holder cannot be judged', () => {
  it.each([
    ['of another host', { host: 'elsewhere' }],
    ['of another boot', { bootId: 'another' }],
    ['in another container', { pidNamespace: 'pid:[1]' }],
  ])('%s is refused until it is stale', async (_, differs) => {
    await leaveDeadLock();
    const info = join(folder(), 'cron.json');
    writeFileSync(
      info,
      JSON.stringify({ ...(JSON.parse(readFileSync(info, 'utf8')) as object), ...differs }),
    );

    expect(await acquire()).toMatchObject({ heldBy: differs });
    makeStale();
    const lock = await acquireHere();
    await lock.release();
  });

  it.each([
    ['nothing', undefined],
    ['half a file', '{"pid":12'],
    ['something else', '[]'],
  ])('is refused until it is stale when the info file holds %s', async (_, text) => {
    await leaveDeadLock();
    const info = join(folder(), 'cron.json');
    if (text === undefined) rmSync(info);
    else writeFileSync(info, text);

    expect(await acquire()).toEqual({ heldBy: undefined });
    makeStale();
    const lock = await acquireHere();
    await lock.release();
  });

  it('ages from now on when it was refreshed in the future, by a clock that was set back since', async () => {
    await leaveDeadLock();
    rmSync(join(folder(), 'cron.json'));
    const nextYear = Date.now() / 1000 + 365 * 24 * 3600;
    utimesSync(join(folder(), 'cron.lock'), nextYear, nextYear);

    expect(await acquire()).toEqual({ heldBy: undefined });

    expect(statSync(join(folder(), 'cron.lock')).mtimeMs).toBeLessThanOrEqual(Date.now());
    makeStale();
    await (await acquireHere()).release();
  });

  it('is not taken for the dead one of before when it was just made', async () => {
    await leaveDeadLock();
    rmSync(join(folder(), 'cron.lock'), { recursive: true });
    mkdirSync(join(folder(), 'cron.lock'));

    expect(await acquire()).toEqual({ heldBy: undefined });
  });
});

describe('a place where no lock can be', () => {
  it('is named when the lock of the PHP job lies there', async () => {
    writeFileSync(join(folder(), 'cron.lock'), '');

    await expect(acquire()).rejects.toMatchObject({
      code: 'FILE_NOT_CREATED',
      message: expect.stringContaining('as the PHP job made it'),
    });
  });

  it('is named when the folder cannot be made', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    const request = {
      storageDir: join(file, 'storage'),
      staleMs: STALE_MS,
      server: 's1',
      cycle: 'c1',
      clock: systemClock,
    };

    await expect(acquireCronLock(request)).rejects.toMatchObject({ code: 'FILE_NOT_CREATED', exitCode: 73 });
  });

  it('is left as it was when the holder cannot be written down', async () => {
    mkdirSync(join(folder(), 'cron.json/x'), { recursive: true });

    await expect(acquire()).rejects.toMatchObject({ code: 'FILE_NOT_WRITTEN' });

    expect(readdirSync(folder())).toEqual(['cron.json']);
  });
});

function makeStale(): void {
  const longAgo = statSync(join(folder(), 'cron.lock')).mtimeMs / 1000 - 3600;
  utimesSync(join(folder(), 'cron.lock'), longAgo, longAgo);
}

function startTimeOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
