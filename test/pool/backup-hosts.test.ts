// Rows whose best mail host settles nothing, and the hosts behind it that belong to other destinations: real workers,
// and hosts that count.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Result } from '../../src/domain/result.ts';
import type { MxHost } from '../support/internet/mx-host.ts';
import { waitFor } from '../support/wait-for.ts';
import { bundleWorker } from '../worker/bundle.ts';
import { acceptReal, openAt, PoliteGround, sliceFor, type Target } from './polite-ground.ts';
import { idsOf } from './rows.ts';

const BLOCKED = '554 5.7.1 Service unavailable; Client host [192.0.2.4] blocked using zen.spamhaus.org';
const GREYLISTED = '450 4.7.1 Greylisted, try again later';

let programs: string;
let workerEntry: string;
let ground: PoliteGround;

beforeAll(async () => {
  programs = mkdtempSync(join(tmpdir(), 'backup-program-'));
  workerEntry = (await bundleWorker(programs)).entry;
});

afterAll(() => rmSync(programs, { recursive: true }));

beforeEach(() => {
  ground = new PoliteGround(workerEntry);
});

afterEach(() => ground[Symbol.asyncDispose]());

/** A host that takes no connections. */
const dead = (name: string): Target => ({ name, ip: '127.0.78.1' });

const connections = ({ witness, name }: MxHost) => witness.tallyOf(name).connections;
const mostOpen = ({ witness, name }: MxHost) => witness.tallyOf(name).maxOpen;
const rcptsAt = ({ witness }: MxHost, domain: string) =>
  witness.recipients().filter(({ address }) => address.endsWith(`@${domain}`)).length;
const statuses = (results: readonly Result[]) => new Set(results.map(({ status }) => status));
const resultsOf = (domain: string) => ground.told.results.filter(({ email }) => email.endsWith(`@${domain}`));
const everyId = () => Array.from({ length: ground.lastId }, (_, index) => index + 1);

/** Every row came back once: with a result, or as it was. */
function allAccountedFor(): boolean {
  const { results, putOff, held, returned } = ground.told;
  return results.length + putOff.length + held.length + returned.length >= ground.lastId;
}

describe('a backup host that many domains share', () => {
  it('sees no more connections than its budget when their own hosts are dead', async () => {
    const backup = await ground.host('mx.backup.test', { rcpt: acceptReal, latencyMs: 10 });
    const living = await ground.host('mx.living.test', { rcpt: acceptReal, latencyMs: 10 });
    ground.open(6, [5]);

    ground.pool.enqueue(
      5,
      Array.from({ length: 24 }, (_, at) =>
        sliceFor([
          [[dead(`mx.d${at}.test`), backup], ground.rowsOf(`d${at}.test`, 5)],
          ...(at % 4 === 0 ? [[[living, backup], ground.rowsOf(`l${at}.test`, 5)] as const] : []),
          ...(at % 8 === 0 ? [[backup, ground.rowsOf(`b${at}.test`, 5)] as const] : []),
        ]),
      ),
    );
    await waitFor(() => ground.told.results.length === ground.lastId, 'every row has a result', 60_000);
    await waitFor(() => openAt(backup) === 0, 'nobody is connected any more');

    expect(mostOpen(backup)).toBe(2);
    expect(connections(backup)).toBeLessThan(24); // those that wait for it are asked about together
    expect(statuses(ground.told.results)).toEqual(new Set(['valid']));
    expect(idsOf(ground.told.results)).toEqual(everyId());
    expect(new Set(resultsOf('l0.test').map(({ mx }) => mx))).toEqual(new Set([living.name]));
    expect(rcptsAt(backup, 'l0.test')).toBe(0);
    expect(new Set(resultsOf('d0.test').map(({ mx }) => mx))).toEqual(new Set([backup.name]));
    expect(ground.told.exits.filter(({ isFailure }) => isFailure)).toEqual([]);
  }, 90_000);

  it('is asked about nobody any more once it has closed; its rows wait for it', async () => {
    const backup = await ground.host('mx.backup.test', { mail: BLOCKED, latencyMs: 10 });
    const living = await ground.host('mx.living.test', { rcpt: acceptReal });
    ground.open(4, [5]);

    ground.pool.enqueue(
      5,
      Array.from({ length: 12 }, (_, at) =>
        sliceFor([
          [[dead(`mx.d${at}.test`), backup], ground.rowsOf(`d${at}.test`, 3)],
          [[living, backup], ground.rowsOf(`l${at}.test`, 3)],
        ]),
      ),
    );
    await waitFor(allAccountedFor, 'every row is accounted for', 30_000);

    const { results, putOff, closed } = ground.told;
    expect(closed).toMatchObject([{ destination: backup.name, rest: { type: 'block' } }]);
    expect(connections(backup)).toBeLessThanOrEqual(4); // two at once, and at most as many that were on their way
    expect(idsOf([...results, ...putOff.map(({ row }) => row)])).toEqual(everyId());
    expect(statuses(results.filter(({ email }) => email.includes('@l')))).toEqual(new Set(['valid']));
    for (const { row, dueInSeconds } of putOff) {
      expect(row.email).toContain('@d');
      expect(dueInSeconds).toBeGreaterThan(3500);
    }
    // Whoever it refused had asked all hosts, and ends as the best of them would have it.
    for (const { mx, reason } of results.filter(({ email }) => email.includes('@d')))
      expect([mx, reason]).toEqual([expect.stringMatching(/^mx\.d/), 'connection-refused']);
  }, 60_000);

  it('is left alone while it is paused, by those who were put off at their own host as well', async () => {
    const backup = await ground.host('mx.backup.test', { rcpt: acceptReal });
    const grey = await ground.host('mx.grey.test', { rcpt: GREYLISTED });
    ground.open(2, [5]);
    ground.pool.hold((_userId, _row, destination) => destination === backup.name);

    ground.pool.enqueue(5, [
      sliceFor([
        [[dead('mx.d.test'), backup], ground.rowsOf('d.test', 2)],
        [[grey, backup], ground.rowsOf('g.test', 2)],
      ]),
    ]);
    await waitFor(allAccountedFor, 'every row is accounted for');

    expect(connections(backup)).toBe(0);
    expect(ground.told.held.map(({ email }) => email)).toEqual(['real.1@d.test', 'real.2@d.test']);
    expect(
      ground.told.results.map(({ status, reason, mx, attempt }) => [status, reason, mx, attempt]),
    ).toEqual(Array.from({ length: 2 }, () => ['deferred', 'greylisted', grey.name, 1]));
  });

  it('is waited for no longer where it is given up: rows end as their own host left them', async () => {
    const backup = await ground.host('mx.backup.test', { rcpt: acceptReal });
    const now = performance.now();
    const closure = {
      type: 'block',
      said: BLOCKED,
      since: now - 1e9,
      until: now + 3.6e6,
      waitSeconds: 3600,
    } as const;
    const window = { limit: 2, credit: 0 };
    ground.open(2, [5], { known: [{ destination: backup.name, window, closure, seenAt: now }] });

    ground.pool.enqueue(5, [
      sliceFor([
        [[dead('mx.d.test'), backup], ground.rowsOf('d.test', 1)],
        [backup, ground.rowsOf('b.test', 1)],
      ]),
    ]);
    await waitFor(allAccountedFor, 'every row is accounted for');

    expect(connections(backup)).toBe(0);
    expect(
      ground.told.results.map(({ id, status, reason, attempt }) => [id, status, reason, attempt]),
    ).toEqual(
      expect.arrayContaining([
        [1, 'deferred', 'connection-refused', 1],
        [2, 'unknown', 'policy-block', 0],
      ]),
    );
  });

  it('is as if it were not there when it is never to be asked', async () => {
    const backup = await ground.host('mx.backup.test', { rcpt: acceptReal });
    ground.open(2, [5], { overrides: [{ of: backup.name, kind: 'host', probe: 'never' }] });

    ground.pool.enqueue(5, [sliceFor([[[dead('mx.d.test'), backup], ground.rowsOf('d.test', 2)]])]);
    await waitFor(allAccountedFor, 'every row is accounted for');

    expect(connections(backup)).toBe(0);
    expect(ground.told.results.map(({ status, mx, attempt }) => [status, mx, attempt])).toEqual(
      Array.from({ length: 2 }, () => ['deferred', 'mx.d.test', 1]),
    );
  });
});

describe('a row that goes on to another destination', () => {
  it('ends as its best host would have it when nobody answers', async () => {
    const grey = await ground.host('mx.grey.test', { rcpt: GREYLISTED });
    const trouble = await ground.host('mx.trouble.test', { rcpt: '451 4.3.0 local error' });
    ground.open(2, [5]);

    ground.pool.enqueue(5, [
      sliceFor([
        [[dead('mx1.d.test'), dead('mx2.d.test')], ground.rowsOf('d.test', 2)],
        [[grey, trouble], ground.rowsOf('g.test', 1)],
      ]),
    ]);
    await waitFor(allAccountedFor, 'every row is accounted for');

    const [first, second, greylisted] = ground.told.results.toSorted((a, b) => a.id - b.id);
    for (const result of [first, second]) {
      expect(result).toMatchObject({ status: 'deferred', mx: 'mx1.d.test', attempt: 1, answered: false });
      expect(result?.response).toMatch(/^Connection refused: /);
      expect(result?.transcript?.match(/^→ mx\d\.d\.test/gm)).toEqual(['→ mx1.d.test', '→ mx2.d.test']);
    }
    expect(greylisted).toMatchObject({ status: 'deferred', reason: 'greylisted', mx: grey.name, attempt: 1 });
    expect(greylisted?.transcript).toContain('S: 450 4.7.1 Greylisted');
    expect(greylisted?.transcript).toContain('S: 451 4.3.0 local error');
  });

  it('is answered there, and teaches nothing about its best host', async () => {
    const backup = await ground.host('mx.backup.test', { rcpt: '250 2.1.5 anybody' });
    const grey = await ground.host('mx.grey.test', { rcpt: GREYLISTED });
    const learned: unknown[] = [];
    const { onResults } = ground.told;
    ground.told.onResults = (userId, results, catchAll) => {
      learned.push(...Object.entries(catchAll));
      onResults(userId, results, catchAll);
    };
    ground.open(2, [5]);

    ground.pool.enqueue(5, [
      sliceFor([
        [[grey, backup], ground.rowsOf('g.test', 2)],
        [backup, ground.rowsOf('own.test', 1)],
      ]),
    ]);
    await waitFor(allAccountedFor, 'every row is accounted for');

    expect(ground.told.results.map(({ status, mx, attempt }) => [status, mx, attempt])).toEqual(
      Array.from({ length: 3 }, () => ['catch-all', backup.name, 1]),
    );
    expect(learned).toEqual([['own.test', 'yes']]);
    expect(resultsOf('g.test')[0]?.transcript).toMatch(/450 4\.7\.1 Greylisted[^]*250 2\.1\.5 anybody/);
  });

  it('goes down its list, whosever the hosts are, and never back', async () => {
    const third = await ground.host('mx3.a.test', { rcpt: acceptReal });
    ground.open(2, [5], { overrides: [{ of: '.a.test', kind: 'suffix' }] });

    ground.pool.enqueue(5, [
      sliceFor([[[dead('mx1.a.test'), dead('mx2.b.test'), third], ground.rowsOf('d.test', 3)]], '.a.test'),
    ]);
    await waitFor(allAccountedFor, 'every row is accounted for');

    expect(ground.told.results.map(({ status, mx }) => [status, mx])).toEqual(
      Array.from({ length: 3 }, () => ['valid', third.name]),
    );
    expect(rcptsAt(third, 'd.test')).toBe(4); // the control recipient is one of them
    const { transcript } = ground.told.results[0]!;
    expect(transcript?.match(/^→ mx\d/gm)).toEqual(['→ mx1', '→ mx2', '→ mx3']);
  });

  it('comes back as it was when the pool is drained, or with the word that put it off', async () => {
    const backup = await ground.host('mx.backup.test', { rcpt: acceptReal, latencyMs: { rcpt: 1_500 } });
    const grey = await ground.host('mx.grey.test', { rcpt: GREYLISTED });
    ground.open(3, [5]);
    ground.pool.enqueue(
      5,
      Array.from({ length: 8 }, (_, at) =>
        sliceFor([[[at < 2 ? dead(`mx.d${at}.test`) : grey, backup], ground.rowsOf(`d${at}.test`, 2)]]),
      ),
    );
    await waitFor(() => openAt(backup) === 2, 'the backup host is as busy as it may be');
    await waitFor(() => openAt(grey) === 0 && connections(grey) === 6, 'the greylisting one is through');
    // What comes together goes on together: two to four rows are with the backup host in each of its sessions.
    await waitFor(() => ground.pool.queuedRows(5) >= 8, 'the others wait for the backup host');

    await ground.pool.drain();

    const { results, returned, exits } = ground.told;
    expect(idsOf([...results, ...returned])).toEqual(everyId());
    expect(mostOpen(backup)).toBe(2);
    expect(exits.filter(({ isFailure }) => isFailure)).toEqual([]);
    for (const { email } of returned) expect(email).toMatch(/@d[01]\.test$/);
    const greylisted = results.filter(({ reason }) => reason === 'greylisted');
    expect(greylisted.length).toBeGreaterThan(0);
    for (const { status, attempt, retryInSeconds } of greylisted)
      expect([status, attempt, retryInSeconds]).toEqual(['deferred', 1, expect.any(Number)]);
  });

  it('is asked about again when the worker dies that has it, and no host sees too many meanwhile', async () => {
    const backup = await ground.host('mx.backup.test', { rcpt: acceptReal, latencyMs: 20 });
    ground.open(2, [5]);
    ground.pool.enqueue(
      5,
      Array.from({ length: 8 }, (_, at) =>
        sliceFor([[[dead(`mx.d${at}.test`), backup], ground.rowsOf(`d${at}.test`, 4)]]),
      ),
    );
    await waitFor(() => openAt(backup) > 0, 'a worker is with the backup host');

    process.kill(ground.told.started[0]!.pid, 'SIGKILL');
    await waitFor(allAccountedFor, 'every row has a result', 30_000);

    expect(idsOf(ground.told.results)).toEqual(everyId());
    expect(statuses(ground.told.results)).toEqual(new Set(['valid']));
    expect(mostOpen(backup)).toBeLessThanOrEqual(2);
  }, 60_000);
});
