// Servers that stand still, lose their database or their lock, as processes: what they still held is taken over, and
// whatever they do when they wake up changes no row that is not theirs.

import { readFileSync } from 'node:fs';
import { describe, expect, inject, it } from 'vitest';
import { proxyTo } from '../support/socket-proxy.ts';
import { waitFor } from '../support/wait-for.ts';
import { calmWorld, working } from '../e2e/calm-cycle.ts';
import { hasMariadb, Installation, type Run } from '../e2e/installation.ts';
import { OtherServer } from '../e2e/other-server.ts';
import { askedTwice, decided, verdictsAgree } from '../e2e/outcome.ts';

// Few workers and slow hosts: whoever is stopped in the middle holds much.
const SLOW = {
  TOTAL_WORKERS_POOL: '5',
  MIN_WORKERS_PER_USER: '1',
  MAX_CONCURRENT_USERS: '3',
  MAX_SESSIONS_PER_WORKER: '2',
  MAX_ROWS_PER_SLICE: '20',
};

describe.skipIf(!hasMariadb())('a server that stands still', () => {
  it('for longer than its claims hold changes nothing that another server did meanwhile', async () => {
    await using alpha = await Installation.make({
      database: 'mysql',
      world: calmWorld(200),
      latencyMs: 150,
      settings: { ...SLOW, CLAIM_SECONDS: '10' },
    });
    using beta = new OtherServer(alpha);
    const { child, ended } = await working(alpha, { TZ: 'Asia/Tokyo' });
    const still = [child.pid!, ...alpha.workerPids()];
    for (const pid of still) process.kill(pid, 'SIGSTOP');
    await beta.runUntilDecided(alpha, { TZ: 'America/New_York' });
    const before = await tablesOf(alpha);

    for (const pid of still) process.kill(pid, 'SIGCONT');
    const run = await ended;

    expect(run.exitCode).toBe(1);
    expect(run.stderr).toMatch(/the claims of \d+ emails? ran out before they were renewed/);
    expect(await tablesOf(alpha)).toEqual(before);
    expect(await verdictsAgree(alpha)).toBe(true);
    expect(alpha.workers()).toEqual([]);
    expect(alpha.journals()).toEqual([]);
    const byAlpha = before.verdicts.filter(({ server }) => server === alpha.server);
    expect(decidedIn(run)).toBe(byAlpha.length);
    // What it found out and might not write stands in its batch files, with what it wrote.
    const found = alpha.batchFiles().flatMap(({ results }) => results.map(({ id }) => id));
    expect(found).toEqual(expect.arrayContaining(byAlpha.map(({ row_id: id }) => id)));
    expect(found.length - byAlpha.length).toBeGreaterThanOrEqual(droppedIn(alpha));
  }, 180_000);

  it('loses its lock to the next cycle, which finishes the work; waking up it stops with 1', async () => {
    await using installation = await Installation.make({
      database: 'mysql',
      world: calmWorld(200),
      latencyMs: 150,
      settings: { ...SLOW, LOCK_STALE_SECONDS: '5' },
    });
    const { child, ended } = await working(installation);
    child.kill('SIGSTOP');
    await waitFor(
      async () => {
        await installation.run([]);
        return (await installation.pending()) === 0;
      },
      'a later cycle took the lock over and finished the work',
      60_000,
    );
    const before = await tablesOf(installation);

    child.kill('SIGCONT');
    const run = await ended;

    expect(run.exitCode).toBe(1);
    expect(run.stderr).toMatch(/cron\.lock was lost|ran out before they were renewed/);
    expect(await tablesOf(installation)).toEqual(before);
    expect(await verdictsAgree(installation)).toBe(true);
    expect(installation.workers()).toEqual([]);
    expect(installation.journals()).toEqual([]);
    expect(decidedIn(run)).toBeLessThan(200);
    expect((await installation.run([])).exitCode).toBe(0);
  }, 180_000);
});

describe.skipIf(!hasMariadb())('a cycle whose database goes away', () => {
  it('goes on with what is in flight, and writes it when the database is back', async () => {
    await using network = await proxyTo(inject('mariadbSocket')!);
    await using installation = await Installation.make({
      database: 'mysql',
      world: calmWorld(200),
      latencyMs: 40,
      settings: { ...SLOW, DB_SOCKET: network.path },
    });
    const { ended } = await working(installation);
    await network.stop();
    await waitFor(
      async () => journaled(installation) > (await decided(installation)) + 20,
      'workers found out more than the database knows',
    );
    await waitFor(() => isOutageTold(installation), 'the outage is told');

    await network.start();
    const run = await ended;

    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    const log = installation.logLines(/^smtp_validation_cron_/);
    expect(log.filter((line) => /WARNING: MySQL at .* is away \(/.test(line))).toHaveLength(1);
    expect(log.filter((line) => /MySQL at .* is back after/.test(line))).toHaveLength(1);
    await expectTheRestOnce(installation);
  }, 180_000);

  it('ends with 69 when it does not come back, and the next cycle asks nobody again', async () => {
    await using network = await proxyTo(inject('mariadbSocket')!);
    await using installation = await Installation.make({
      database: 'mysql',
      world: calmWorld(200),
      latencyMs: 40,
      settings: { ...SLOW, CLAIM_SECONDS: '10', DB_SOCKET: network.path },
    });
    const { ended } = await working(installation);
    await network.stop();

    const run = await ended;

    expect(run.exitCode).toBe(69);
    expect(run.stderr).toMatch(/is not reachable .*nothing more is claimed now/);
    const known = await decided(installation);
    expect(decidedIn(run)).toBe(known);
    const [, unwritten = ''] =
      /; (\d+) results could not be written and stand in journals/.exec(run.stdout) ?? [];
    expect(Number(unwritten)).toBeGreaterThan(0);
    expect(installation.workers()).toEqual([]);
    await network.start();
    await installation.run([]);
    expect(installation.logLines(/^smtp_validation_cron_/)).toContainEqual(
      expect.stringMatching(/Recovered \d+ results?/),
    );
    await expectTheRestOnce(installation);
  }, 180_000);

  it('drains within seconds when it is told to end meanwhile', async () => {
    await using network = await proxyTo(inject('mariadbSocket')!);
    await using installation = await Installation.make({
      database: 'mysql',
      world: calmWorld(200),
      latencyMs: 40,
      settings: { ...SLOW, DB_SOCKET: network.path },
    });
    const { child, ended } = await working(installation);
    await network.stop();
    await waitFor(() => isOutageTold(installation), 'the outage is told');
    const toldAt = performance.now();

    child.kill('SIGTERM');
    const run = await ended;

    expect(performance.now() - toldAt).toBeLessThan(20_000);
    expect(run.exitCode).toBe(69);
    expect(run.stdout).toMatch(/could not be written and stand in journals/);
    expect(installation.workers()).toEqual([]);
    await network.start();
    await expectTheRestOnce(installation);
  }, 180_000);
});

/** Lets cycles run until all is decided: rightly, and with nobody asked twice. */
async function expectTheRestOnce(installation: Installation): Promise<void> {
  await installation.runUntilDecided();
  expect(await verdictsAgree(installation)).toBe(true);
  expect(askedTwice(installation)).toEqual([]);
}

function isOutageTold(installation: Installation): boolean {
  return installation.logLines(/^smtp_validation_cron_/).some((line) => line.includes(' is away ('));
}

async function tablesOf({ database }: Installation) {
  return {
    emails: await database.query('SELECT * FROM emails ORDER BY id'),
    lists: await database.query('SELECT * FROM csv_list ORDER BY id'),
    verdicts: await database.query<{ row_id: number; server: string }>(
      'SELECT * FROM svc_verdict ORDER BY row_id',
    ),
    held: await database.query('SELECT * FROM svc_row ORDER BY row_id'),
  };
}

/** Results that stand in journals. */
function journaled(installation: Installation): number {
  return installation
    .journals()
    .map(
      (path) =>
        readFileSync(path, 'utf8')
          .split('\n')
          .filter((line) => line.includes('"token"')).length,
    )
    .reduce((sum, count) => sum + count, 0);
}

/** What the log says was not written, since it was not ours any more. */
function droppedIn(installation: Installation): number {
  return installation
    .logLines(/^smtp_validation_cron_/)
    .map((line) => Number(/\] (\d+) results? (?:was|were) not written/.exec(line)?.[1] ?? 0))
    .reduce((sum, count) => sum + count, 0);
}

/** What the summary says was decided. */
function decidedIn({ stdout }: Run): number {
  return Number(/: (\d+) emails? of/.exec(stdout)?.[1]);
}
