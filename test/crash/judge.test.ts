// The judge must see what is wrong, or its silence is worth nothing.
import { describe, expect, it } from 'vitest';
import type { CrmList, CrmRow } from '../support/embedded-database.ts';
import type { ExpectedAddress } from '../support/internet/world.ts';
import type { ImportedRow, ServerResult } from './judge-probes.ts';
import { judge, type Findings } from './judge.ts';
import type { AskedRcpt } from './rcpts.ts';

const accepted: ExpectedAddress = {
  email: 'ann@a.example',
  kind: 'accepted',
  verdict: 'valid',
  reason: 'accepted',
  ip: '127.10.0.1',
};
const greylisted: ExpectedAddress = { ...accepted, email: 'bob@a.example', kind: 'greylisted' };
const busy: ExpectedAddress = {
  email: 'eve@b.example',
  kind: 'busy',
  verdict: 'unknown',
  reason: 'temporary-failure',
};

const imported = [accepted, greylisted, busy].map((expected, index): ImportedRow => {
  return { id: index + 1, listId: 1, expected, asked: expected.email };
});
const valid = (id: number, email: string): CrmRow => ({
  id,
  listId: 1,
  email,
  isProcessed: true,
  domainStatus: 1,
  domainVerified: 1,
  verdict: 'valid',
  response: '127.10.0.1',
});
const ann = valid(1, accepted.email);
const bob = valid(2, greylisted.email);
const eve = { ...valid(3, busy.email), domainStatus: 2, verdict: 'unknown', response: '451 later' };
const list: CrmList = { id: 1, userId: 5, name: 'L', status: 'completed', total: 3, valid: 2, invalid: 0 };
const written = (rowId: number) => ({ rowId, was: 0, became: 1 });
const ALPHA = '127.20.0.1';
const BETA = '127.20.0.2';
/** At the second given, by alpha. */
const rcpt = (address: string, second: number, client = ALPHA): AskedRcpt => ({
  address,
  at: second * 1_000 + 500,
  client,
});
const verdict = (email: string, second: number, client = ALPHA): ServerResult => ({
  email,
  at: second * 1_000,
  isFinal: true,
  client,
});
const putOff = (email: string, second: number): ServerResult => ({
  ...verdict(email, second),
  isFinal: false,
});
const blow = (second: number, client = ALPHA, lastsMs = 0) => ({ client, at: second * 1_000, lastsMs });

/** Everything as it must be: each asked as often as its host's answers make necessary. */
const right: Findings = {
  imported,
  rows: [ann, bob, eve],
  lists: [list],
  changes: [written(1), written(2), written(3)],
  rcpts: [
    rcpt('ann@a.example', 1),
    ...[1, 3].map((second) => rcpt('bob@a.example', second)),
    ...[1, 4, 7].map((second) => rcpt('eve@b.example', second)),
  ],
  results: [
    verdict('ann@a.example', 1),
    putOff('bob@a.example', 1),
    verdict('bob@a.example', 3),
    ...[1, 4].map((second) => putOff('eve@b.example', second)),
    verdict('eve@b.example', 7),
  ],
  blows: [],
  maxAttempts: 3,
  remains: [],
};

describe('judge', () => {
  it('finds nothing where all is as it must be', () => {
    expect(judge(right)).toEqual({ differences: [], doubles: 0, inFlight: 0 });
  });

  it('lets an address be asked again that had no result when its server was hit, and counts it', () => {
    const again = {
      ...right,
      rcpts: [...right.rcpts, rcpt('ann@a.example', 4)],
      results: [...right.results.slice(1), verdict('ann@a.example', 4)],
    };

    expect(judge({ ...again, blows: [blow(2)] })).toEqual({ differences: [], doubles: 1, inFlight: 1 });
    expect(judge({ ...again, blows: [blow(1, ALPHA, 600)] }).differences).toEqual([]);
    // Another server's trouble, or one that came before or after, explains nothing.
    for (const blows of [[], [blow(2, BETA)], [blow(1)], [blow(9)]]) {
      expect(judge({ ...again, blows }).differences[0]?.sentence).toMatch(
        /^ann@a.example was asked about 2 times, 1 by its schedule and 0/,
      );
    }
  });

  it('lets an address be asked again after an attempt that was put off, whatever its host was to say', () => {
    const findings = {
      ...right,
      rcpts: [...right.rcpts, rcpt('ann@a.example', 4)],
      results: [...right.results.slice(1), putOff('ann@a.example', 1), verdict('ann@a.example', 4)],
    };

    expect(judge(findings)).toEqual({ differences: [], doubles: 0, inFlight: 0 });
  });

  it.each<{ what: string; wrong: Partial<Findings>; says: RegExp; rowIds?: number[] }>([
    { what: 'a lost row', wrong: { rows: [ann, eve] }, says: /row 2 .*is lost/, rowIds: [2] },
    {
      what: 'a row that nobody imported',
      wrong: { rows: [...right.rows, valid(9, 'x@a.example')] },
      says: /row 9 was never imported/,
      rowIds: [9],
    },
    {
      what: 'a row that is still pending',
      wrong: { rows: [ann, bob, { ...eve, isProcessed: false }] },
      says: /row 3 .*is not decided/,
      rowIds: [3],
    },
    {
      what: 'a wrong verdict',
      wrong: { rows: [ann, { ...bob, verdict: 'unknown' }, eve] },
      says: /row 2 .*is unknown, expected valid/,
      rowIds: [2],
    },
    {
      what: 'an address that was changed',
      wrong: { rows: [ann, { ...bob, email: 'BOB@a.example' }, eve] },
      says: /row 2 .*now reads "BOB@a.example"/,
      rowIds: [2],
    },
    {
      what: 'a verdict written twice',
      wrong: { changes: [...right.changes, { rowId: 1, was: 1, became: 1 }] },
      says: /row 1 .*not written once: 0→1, 1→1/,
      rowIds: [1],
    },
    {
      what: 'a row set back and decided again',
      wrong: { changes: [...right.changes, { rowId: 1, was: 1, became: 0 }, written(1)] },
      says: /row 1 .*not written once: 0→1, 1→0, 0→1/,
      rowIds: [1],
    },
    {
      what: 'a row that nothing was seen to write',
      wrong: { changes: [written(1), written(2)] },
      says: /row 3 .*not written once: never/,
      rowIds: [3],
    },
    {
      what: 'an address asked twice though its result was there, whoever was hit',
      wrong: { rcpts: [...right.rcpts, rcpt('ann@a.example', 4)], blows: [blow(2)] },
      says: /ann@a.example was asked about 2 times, 1 by its schedule and 0/,
      rowIds: [1],
    },
    {
      what: 'an address asked by both servers',
      wrong: {
        rcpts: [...right.rcpts, rcpt('ann@a.example', 1, BETA)],
        results: [...right.results, verdict('ann@a.example', 1, BETA)],
      },
      says: /ann@a.example got 2 verdicts in 1 row/,
      rowIds: [1],
    },
    {
      what: 'a host that is asked beyond the schedule',
      wrong: { rcpts: [...right.rcpts, rcpt('eve@b.example', 9)] },
      says: /eve@b.example was asked about 4 times, 3 by its schedule/,
      rowIds: [3],
    },
    { what: 'a list not completed', wrong: { lists: [{ ...list, status: 'running' }] }, says: /is running/ },
    {
      what: 'a wrong count',
      wrong: { lists: [{ ...list, invalid: 1 }] },
      says: /counts 1 invalid, its rows say 0/,
    },
    { what: 'a lost list', wrong: { lists: [] }, says: /list 1 is lost/ },
    { what: 'what was left behind', wrong: { remains: ['a lock is left'] }, says: /a lock is left/ },
  ])('names $what', ({ wrong, says, rowIds = [] }) => {
    const { differences } = judge({ ...right, ...wrong });

    expect(differences[0]).toEqual({ sentence: expect.stringMatching(says) as string, rowIds });
  });

  it('allows for each row of an address that stands in several', () => {
    const again: ImportedRow = { id: 4, listId: 1, expected: accepted, asked: accepted.email };
    const findings: Findings = {
      ...right,
      imported: [...imported, again],
      rows: [...right.rows, valid(4, accepted.email)],
      lists: [{ ...list, total: 4, valid: 3 }],
      changes: [...right.changes, written(4)],
      rcpts: [...right.rcpts, rcpt(accepted.email, 5)],
      results: [...right.results, verdict(accepted.email, 5)],
    };

    expect(judge(findings).differences).toEqual([]);
    expect(
      judge({ ...findings, rcpts: [...findings.rcpts, rcpt(accepted.email, 9)] }).differences[0]?.rowIds,
    ).toEqual([1, 4]);
  });
});
