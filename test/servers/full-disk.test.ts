// Disks that fill up, folders that vanish or may not be written any more, while a cycle is at work: it says what it
// cannot write, decides nothing wrongly and asks nobody again; the cycle after the repair finishes the work.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeWorld } from '../support/internet/world.ts';
import { mayMount, SmallDisk } from '../support/small-disk.ts';
import { waitFor } from '../support/wait-for.ts';
import { Installation, type Run } from '../e2e/installation.ts';
import { askedTwice, decided, verdictsAgree } from '../e2e/outcome.ts';

const SETTINGS = {
  TOTAL_WORKERS_POOL: '4',
  MIN_WORKERS_PER_USER: '1',
  MAX_SESSIONS_PER_WORKER: '4',
  MAX_ROWS_PER_SLICE: '20',
};

function install(): Promise<Installation> {
  const world = makeWorld({ seed: 3, domains: 40, hosting: 'own', lists: [{ userId: 5, addresses: 200 }] });
  return Installation.make({ database: 'sqlite', world, latencyMs: 40, settings: SETTINGS });
}

interface Case {
  readonly what: string;
  readonly folder: string;
  readonly spoil: (disk: SmallDisk, path: string) => void;
  readonly exitCode: number;
  readonly says: RegExp;
  /** How a cycle ends that begins before the repair; undefined where nothing is left to repair. */
  readonly next: { readonly exitCode: number; readonly says: RegExp } | undefined;
}

const fill = (disk: SmallDisk): void => disk.fill();
const makeReadOnly = (disk: SmallDisk): void => disk.makeReadOnly();
const empty = (_disk: SmallDisk, path: string): void => {
  for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true });
};

describe.skipIf(!mayMount())('a cycle', () => {
  it.each<Case>([
    {
      what: 'the disk of the logs is full',
      folder: 'logs',
      spoil: fill,
      exitCode: 74,
      says: /cannot write \S+\.(?:log|jsonl): no space left on the device; free some \(ENOSPC\)/,
      next: { exitCode: 74, says: /cannot write \S+\.(?:log|jsonl): no space left/ },
    },
    {
      what: 'the disk of the journals is full',
      folder: 'storage/batches',
      spoil: fill,
      exitCode: 74,
      says: /cannot write \S+\.ndjson: no space left on the device; free some \(ENOSPC\)/,
      next: { exitCode: 74, says: /cannot write \S+batches\S+\.json\.tmp: no space left/ },
    },
    {
      what: 'the journals may not be written any more',
      folder: 'storage/batches',
      spoil: makeReadOnly,
      exitCode: 73,
      says: /cannot create \S+batches\S+: the file system is read-only \(EROFS\)/,
      next: { exitCode: 73, says: /cannot create \S+batches\S+: the file system is read-only/ },
    },
    {
      what: 'the journals vanish',
      folder: 'storage/batches',
      spoil: empty,
      exitCode: 74,
      says: /cannot read \S+\.ndjson: it, or a folder on the way there, does not exist \(ENOENT\)/,
      next: undefined,
    },
  ])(
    'says so when $what, and the next one finishes the work',
    async ({ folder, spoil, exitCode, says, next }) => {
      await using installation = await install();
      const path = join(installation.folder, folder);
      using disk = new SmallDisk(path);
      const { ended } = installation.start([]);
      await waitFor(async () => (await decided(installation)) > 30, 'the cycle is in the middle');

      spoil(disk, path);
      const run = await ended;

      await expectCleanEnd(installation, run, exitCode, says);
      expect(run.stdout).toMatch(/^Cycle stopped early \([A-Z_]+\): .*\n$/);
      if (next !== undefined)
        await expectCleanEnd(installation, await installation.run([]), next.exitCode, next.says);
      disk.repair();
      await installation.runUntilDecided();
      expect(await verdictsAgree(installation)).toBe(true);
      expect(askedTwice(installation)).toEqual([]);
    },
    120_000,
  );

  it('goes on in new files when the logs vanish', async () => {
    await using installation = await install();
    const { ended } = installation.start([]);
    await waitFor(async () => (await decided(installation)) > 30, 'the cycle is in the middle');

    rmSync(join(installation.folder, 'logs'), { recursive: true });
    const run = await ended;

    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(installation.logLines(/^smtp_validation_cron_/).at(-1)).toContain('CRON END');
    expect(installation.logLines(/^user_5_worker_/).length).toBeGreaterThan(0);
    await installation.runUntilDecided();
    expect(await verdictsAgree(installation)).toBe(true);
    expect(askedTwice(installation)).toEqual([]);
  }, 120_000);

  it('ends, with what it found out in journals, when one disk that holds everything is full', async () => {
    const mountPoint = mkdtempSync(join(tmpdir(), 'svc-disk-'));
    using disk = new SmallDisk(mountPoint);
    using _ = inFolder(mountPoint);
    await using installation = await install();
    const { ended } = installation.start([]);
    await waitFor(async () => (await decided(installation)) > 30, 'the cycle is in the middle');

    disk.fill();
    const run = await ended;

    expect([69, 74]).toContain(run.exitCode);
    expect(run.stderr).toMatch(/database or disk is full|no space left on the device/);
    expect(installation.workers()).toEqual([]);
    const next = await installation.run([]);
    expect([69, 74]).toContain(next.exitCode); // the database is in the way as well as cron.json
    expect(next.stderr).toMatch(/database or disk is full|no space left on the device/);
    disk.repair();
    await installation.runUntilDecided();
    expect(await verdictsAgree(installation)).toBe(true);
    expect(await installation.database.query('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  }, 120_000);
});

async function expectCleanEnd(
  installation: Installation,
  { exitCode, stderr }: Run,
  expectedCode: number,
  says: RegExp,
): Promise<void> {
  expect({ exitCode, stderr }).toEqual({ exitCode: expectedCode, stderr: expect.stringMatching(says) });
  expect(stderr).toMatch(/^smtp-validate-cron: [^\n]*\n$/);
  expect(installation.workers()).toEqual([]);
  expect(readdirSync(join(installation.folder, 'storage'))).not.toContain('cron.lock');
  expect(await installation.database.query('SELECT row_id FROM svc_row WHERE token IS NOT NULL')).toEqual([]);
  expect(await verdictsAgree(installation)).toBe(true);
}

/** Has temporary folders made in `folder`. */
function inFolder(folder: string): Disposable {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  return {
    [Symbol.dispose]: () => {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    },
  };
}
