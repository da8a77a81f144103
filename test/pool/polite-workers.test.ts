// The pool with real workers in front of mail hosts that have had enough: what the hosts themselves count decides.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PolicyOverride } from '../../src/domain/destination-policy.ts';
import type { Pool } from '../../src/pool/pool.ts';
import type { Slice } from '../../src/worker/messages.ts';
import type { MxHost } from '../support/internet/mx-host.ts';
import type { MxScript } from '../support/internet/mx-script.ts';
import { waitFor } from '../support/wait-for.ts';
import { bundleWorker } from '../worker/bundle.ts';
import { acceptReal, openAt, PoliteGround, sliceFor } from './polite-ground.ts';
import type { Record } from './recorder.ts';
import { idsOf } from './rows.ts';

const BLOCKED = '554 5.7.1 Service unavailable; Client host [192.0.2.4] blocked using zen.spamhaus.org';

let programs: string;
let workerEntry: string;
let ground: PoliteGround;
let told: Record;
let pool: Pool;

beforeAll(async () => {
  programs = mkdtempSync(join(tmpdir(), 'polite-program-'));
  workerEntry = (await bundleWorker(programs)).entry;
});

afterAll(() => rmSync(programs, { recursive: true }));

beforeEach(() => {
  ground = new PoliteGround(workerEntry);
  told = ground.told;
});

afterEach(() => ground[Symbol.asyncDispose]());

const host = (name: string, script: MxScript) => ground.host(name, script);
const rowsOf = (domain: string, count: number) => ground.rowsOf(domain, count);

function open(size: number, users: readonly number[], overrides: readonly PolicyOverride[] = []): void {
  ground.open(size, users, { overrides });
  pool = ground.pool;
}

const accepting: MxScript = { rcpt: acceptReal };

const rcptsAfter = (at: number, { witness }: MxHost) =>
  witness.recipients().filter((asked) => asked.at > at).length;
/** The longest that a host waited for the next command of a session: how late this machine gives workers their turn. */
function slowestTurn({ witness }: MxHost): number {
  const repliedAt = new Map<number, number>();
  let slowest = 0;
  for (const { type, session, at } of witness.events) {
    if (type === 'command') slowest = Math.max(slowest, at - (repliedAt.get(session) ?? at));
    if (type === 'reply') repliedAt.set(session, at);
  }
  return slowest;
}

describe('real workers', () => {
  it('all leave a destination within a second of the first block text, and nothing else slows down', async () => {
    let isBlocking = false;
    const angry = await host('mx.angry.test', {
      ...accepting,
      extensions: [],
      latencyMs: 30,
      mail: () => (isBlocking ? BLOCKED : '250 2.1.0 ok'),
    });
    const calm = await host('mx.calm.test', { ...accepting, extensions: [], latencyMs: 30 });
    open(
      6,
      [5],
      ['mx.angry.test', 'mx.calm.test'].map((of) => ({ of, kind: 'host', connections: 6 })),
    );
    // Domains of twelve, so that each session soon begins another transaction, at another time than its neighbours.
    const parts = Array.from({ length: 6 }, (_, worker) =>
      sliceFor([
        ...[0, 1, 2].map((part) => [angry, rowsOf(`angry${worker}-${part}.test`, 9 + worker)] as const),
        [calm, rowsOf(`calm${worker}.test`, 30)],
      ]),
    );
    pool.enqueue(5, parts);
    await waitFor(() => openAt(angry) === 6, 'all workers are with the host');
    await waitFor(() => rcptsAfter(0, angry) > 20, 'they are asking');

    isBlocking = true;
    await waitFor(() => told.closed.length > 0, 'the destination is closed', 10_000);
    const blockedAt = angry.witness.events.find(
      ({ type, text }) => type === 'reply' && text.startsWith('554'),
    )!.at;
    await waitFor(() => openAt(angry) === 0, 'nobody is connected any more', 10_000);
    await waitFor(
      () => told.results.length + told.putOff.length === ground.lastId,
      'every row is accounted for',
      20_000,
    );

    const closes = angry.witness.events.filter(({ type }) => type === 'close').map(({ at }) => at);
    // A machine that has nothing else to do takes 0.2 s: a reply that was awaited, RSET and QUIT.
    expect(Math.max(...closes) - blockedAt).toBeLessThan(1000 + 3 * slowestTurn(calm));
    expect(rcptsAfter(blockedAt, angry)).toBeLessThan(6 * 10); // of some two hundred that were to be asked
    expect(angry.witness.tallyOf(angry.name).connections).toBe(6);
    expect(told.closed).toMatchObject([
      { destination: 'mx.angry.test', rest: { type: 'block', said: BLOCKED } },
    ]);
    const isOfCalm = ({ email }: { email: string }) => email.includes('@calm');
    expect(told.results.filter(isOfCalm).map(({ status }) => status)).toEqual(Array(180).fill('valid'));
    expect(told.putOff.filter(({ row }) => isOfCalm(row))).toEqual([]);
    expect(told.putOff.length).toBeGreaterThan(20); // how many were asked before depends on the machine
    for (const { dueInSeconds } of told.putOff) expect(dueInSeconds).toBeGreaterThan(3500);
    expect(idsOf([...told.results, ...told.putOff.map(({ row }) => row)])).toEqual(
      Array.from({ length: ground.lastId }, (_, index) => index + 1),
    );
    expect(told.exits.filter(({ isFailure }) => isFailure)).toEqual([]);
  });

  it('go on with a shared host when one of its domains refuses us in block words', async () => {
    const shared = await host('mx.shared.test', {
      rcpt: (address) => (address.endsWith('@odd.test') ? BLOCKED : acceptReal(address)),
    });
    open(1, [5]);

    pool.enqueue(5, [
      sliceFor([
        [shared, rowsOf('odd.test', 12)],
        [shared, rowsOf('fine.test', 20)],
      ]),
    ]);
    await waitFor(() => told.results.length === 32, 'every row has a result');

    expect(told.results.filter(({ status }) => status === 'valid')).toHaveLength(20);
    expect([told.closed, told.putOff]).toEqual([[], []]);
  });

  it('close a shared host that refuses two domains alike, and keep the rest for later', async () => {
    const shared = await host('mx.shared.test', { rcpt: BLOCKED });
    open(1, [5]);

    pool.enqueue(
      5,
      [1, 2, 3, 4].map((at) => sliceFor([[shared, rowsOf(`d${at}.test`, 3)]])),
    );
    await waitFor(() => told.results.length + told.putOff.length === 12, 'every row is accounted for');

    expect(told.closed).toHaveLength(1);
    expect(told.putOff.length).toBeGreaterThanOrEqual(3); // two connections, and one that had the place of a third
  });

  it('learn that a host bears two connections, and are refused less than once in twenty', async () => {
    const narrow = await host('mx.narrow.test', { ...accepting, maxConnections: 2, latencyMs: 2 });
    open(8, [5]);

    pool.enqueue(
      5,
      Array.from({ length: 24 }, (_, at) => sliceFor([[narrow, rowsOf(`n${at}.test`, 100)]])),
    );
    await waitFor(() => told.results.length === 2400, 'every row has a result', 60_000);
    await waitFor(() => openAt(narrow) === 0, 'nobody is connected any more', 10_000);

    const refused = narrow.witness.events.filter(
      ({ type, text }) => type === 'reply' && text.startsWith('421'),
    ).length;
    expect(new Set(told.results.map(({ status }) => status))).toEqual(new Set(['valid']));
    expect(refused).toBeGreaterThan(0);
    expect(refused / narrow.witness.tallyOf(narrow.name).connections).toBeLessThan(0.05);
    expect([told.closed, told.putOff]).toEqual([[], []]);
  }, 90_000);

  it('stay away for the time that a host names, all of them', async () => {
    const busy = await host('mx.busy.test', {
      ...accepting,
      rcpt: () => '450 4.7.1 Rate limit exceeded, try again in 300 seconds',
    });
    open(4, [5]);

    pool.enqueue(
      5,
      Array.from({ length: 8 }, (_, at) => sliceFor([[busy, rowsOf(`b${at}.test`, 20)]])),
    );
    await waitFor(() => told.results.length + told.putOff.length === 160, 'every row is accounted for');
    await waitFor(() => openAt(busy) === 0, 'nobody is connected any more');

    // Two at once, and at most as many again that were on their way when it was said.
    expect(busy.witness.tallyOf(busy.name).connections).toBeLessThanOrEqual(4);
    expect(told.closed).toMatchObject([{ rest: { type: 'throttle' } }]);
    expect(told.closed[0]!.rest.seconds).toBeCloseTo(300, 0);
    for (const { dueInSeconds } of told.putOff) expect(dueInSeconds).toBeLessThanOrEqual(300);
    expect(told.putOff.length).toBeGreaterThanOrEqual(80);
    for (const { status } of told.results) expect(status).toBe('deferred');
  });

  it('of three users show one provider no more connections than its budget, fifty of them', async () => {
    const google = await host('aspmx.l.google.com', { ...accepting, latencyMs: 5 });
    const others = await host('mx.other.test', { ...accepting, latencyMs: 5 });
    open(
      50,
      [5, 8, 13],
      [
        { of: 'google', kind: 'provider', secondsBetweenSessions: 0 },
        { of: 'mx.other.test', kind: 'host', connections: 40 },
      ],
    );

    for (const userId of [5, 8, 13])
      pool.enqueue(
        userId,
        Array.from({ length: 20 }, (_, at) => ({
          ...sliceFor([
            [google, rowsOf(`g${userId}-${at}.test`, 20)],
            [others, rowsOf(`o${userId}-${at}.test`, 5)],
          ]),
        })).map((slice) => ({
          ...slice,
          routes: Object.fromEntries(
            Object.entries(slice.routes).map(([domain, route]) => [
              domain,
              domain.startsWith('g') ? { ...route, destination: 'google' } : route,
            ]),
          ) as Slice['routes'],
        })),
      );
    await waitFor(() => told.results.length === ground.lastId, 'every row has a result', 200_000);

    expect(google.witness.tallyOf(google.name).maxOpen).toBe(3);
    expect(new Set(told.results.map(({ status }) => status))).toEqual(new Set(['valid']));
  }, 240_000);
});
