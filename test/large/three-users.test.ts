import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOMAIN_STATUS } from '../../src/domain/verdict.ts';
import { hasMariadb, Installation, type Run } from '../e2e/installation.ts';
import { makeWorld, type World } from '../support/internet/world.ts';

const POOL = 50;
const world: World = makeWorld({
  seed: 20,
  domains: 2_000,
  lists: [
    { userId: 5, addresses: 10_000 },
    { userId: 8, addresses: 7_000 },
    { userId: 13, addresses: 3_000 },
  ],
});
// Kinds whose hosts answer the first question about them.
const SETTLED_AT_ONCE = new Set([
  'accepted',
  'unknown',
  'plus',
  'unusual',
  'disabled',
  'implicit-mx',
  'helo-only',
  'alias-mx',
]);
const expected = world.lists.flatMap(({ addresses }) => addresses);

describe.skipIf(!hasMariadb())('20,000 rows of three users over 2,000 domains', () => {
  let installation: Installation;
  let run: Run;
  let mostWorkers = 0;

  beforeAll(async () => {
    installation = await Installation.make({
      database: 'mysql',
      world,
      latencyMs: 20,
      settings: { SIP_SMTP_SOCKET_TIMEOUT: '3', RETRY_DELAYS_SECONDS: '2,2' },
    });
    const watch = setInterval(
      () => (mostWorkers = Math.max(mostWorkers, installation.workers().length)),
      100,
    );
    run = await installation.run([]);
    clearInterval(watch);
  });
  afterAll(async () => installation[Symbol.asyncDispose]());

  it('are all decided in one cycle, each as its hosts were scripted to mean', async () => {
    const errors = installation.logLines(/^smtp_validation_cron_/).filter((line) => line.includes('ERROR'));
    expect({ exitCode: run.exitCode, stderr: run.stderr, errors }).toEqual({
      exitCode: 0,
      stderr: '',
      errors: [],
    });
    const rows = await installation.database.query<{ email: string; verdict: string }>(
      'SELECT raw_emailid AS email, validation_status AS verdict FROM emails WHERE domain_processed = 1 ORDER BY id',
    );
    expect(rows.length).toBe(expected.length);
    const differing = rows.filter(({ verdict }, index) => verdict !== expected[index]!.verdict);
    expect(differing.slice(0, 5)).toEqual([]);
  });

  it('leave lists completed with exact counts', async () => {
    const lists = await installation.database.query(
      'SELECT status, valid_count, invalid_count FROM csv_list ORDER BY id',
    );
    expect(lists).toEqual(
      world.lists.map(({ addresses }) => ({
        status: 'completed',
        valid_count: addresses.filter(({ verdict }) => DOMAIN_STATUS[verdict] === 1).length,
        invalid_count: addresses.filter(({ verdict }) => DOMAIN_STATUS[verdict] === 0).length,
      })),
    );
  });

  it('have one final log line and one final batch result each', () => {
    const lines = installation.logLines(/^user_\d+_worker_/).filter((line) => line.includes(' EMAIL: '));
    const final = lines.filter((line) => !line.includes(' | STATUS: deferred | '));
    expect(final.length).toBe(expected.length);

    const results = installation.batchFiles().flatMap((batch) => batch.results);
    const decided = results.filter(({ status }) => status !== 'deferred').map(({ id }) => Number(id));
    expect(decided.toSorted((a, b) => a - b)).toEqual(expected.map((_, index) => index + 1));
  });

  it('are asked about once: nobody whose host answered is asked again', () => {
    const times = new Map<string, number>();
    for (const { address } of installation.internet.witness.recipients()) {
      times.set(address, (times.get(address) ?? 0) + 1);
    }
    const settled = expected.filter(({ kind }) => SETTLED_AT_ONCE.has(kind));
    const again = settled.filter(({ email }) => (times.get(email) ?? 0) > 1);
    expect(settled.length).toBeGreaterThan(5_000);
    expect(again.slice(0, 5).map(({ email }) => email)).toEqual([]);
    expect(installation.internet.witness.violations()).toEqual([]);
  });

  it('never have more workers than the pool has places, and leave none', () => {
    expect(mostWorkers).toBeGreaterThan(3); // as many as the hosts keep busy: these answer quickly
    expect(mostWorkers).toBeLessThanOrEqual(POOL);
    expect(installation.workers()).toEqual([]);
  });
});
