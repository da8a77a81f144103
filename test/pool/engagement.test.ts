import { describe, expect, it } from 'vitest';
import type { Result } from '../../src/domain/result.ts';
import { Engagement } from '../../src/pool/engagement.ts';
import { OperationalError } from '../../src/platform/operational-error.ts';
import type { Slice } from '../../src/worker/messages.ts';
import { destinationsOf } from '../../src/pool/slice-queue.ts';
import { trail } from '../worker/equipment.ts';
import { resultFor } from './recorder.ts';
import { idsOf, row, rows, sliceOf } from './rows.ts';

const assignment = {
  cycleId: 'c',
  server: 's',
  userId: 5,
  workerId: 2,
  batchFile: 'worker_2.json',
  logFile: undefined,
};

function engaged(...slices: Slice[]): Engagement {
  const engagement = new Engagement(assignment);
  slices.forEach((slice, index) =>
    engagement.add({ slice: { ...slice, sliceId: index + 1 }, isSuspect: false }),
  );
  return engagement;
}

function reported(
  sliceId: number,
  results: readonly Result[],
  settled: readonly string[] = [],
  sessions: readonly string[] = [],
) {
  return { type: 'results', sliceId, results, catchAll: {}, sessions, settled } as const;
}

describe('Engagement', () => {
  const [one, two, three] = [row(1, 'a'), row(2, 'a'), row(3, 'b')];

  it('knows what is in hand while results come', () => {
    const engagement = engaged(sliceOf(one, two, three));

    engagement.report(reported(1, [resultFor(one), resultFor(three)], ['b']));

    const { given, reported: taken, openRows, unsettled, slices } = engagement;
    expect({ given, taken, openRows, unsettled, slices }).toEqual({
      given: 3,
      taken: 2,
      openRows: 1,
      unsettled: 1,
      slices: 1,
    });
  });

  it('hands back what was not started, and the places it held', () => {
    const engagement = engaged(sliceOf(one, two, three));
    engagement.report(reported(1, [resultFor(one)]));

    const left = engagement.close({ type: 'slice-done', sliceId: 1, unstarted: [2, 3] });

    expect([idsOf(left.slice!.rows), left.freed, engagement.slices]).toEqual([[2, 3], ['a', 'b'], 0]);
  });

  it('goes on without what was handed on', () => {
    const engagement = engaged(sliceOf(one, two, three));

    const left = engagement.handOn({ sliceId: 1, unstarted: [3], destinations: ['b'] });

    expect([idsOf(left.slice!.rows), Object.keys(left.slice!.routes), left.freed]).toEqual([
      [3],
      ['b.example'],
      ['b'],
    ]);
    expect([engagement.openRows, engagement.unsettled, engagement.slices]).toEqual([2, 1, 1]);
  });

  it('goes on without rows that go on to another destination, and has their place back', () => {
    const slice = sliceOf(one, two, three);
    const hosts = ['mx.a.example', 'mx.backup.example'].map((name) => ({ name, ips: undefined }));
    const routes = { ...slice.routes, 'a.example': { type: 'hosts', hosts, destination: 'a' } as const };
    const engagement = engaged({ ...slice, routes });
    engagement.report(reported(1, [resultFor(one)]));
    const onward = {
      sliceId: 1,
      destination: 'a',
      rows: [{ id: 2, trail }],
      stops: { 'a.example': { startsAt: 1, destination: 'mx.backup.example' } },
    };

    const left = engagement.sendOn(onward);

    expect([idsOf(left.slice!.rows), destinationsOf(left.slice!), left.freed]).toEqual([
      [2],
      new Set(['mx.backup.example']),
      ['a'],
    ]);
    expect([engagement.openRows, engagement.unsettled, engagement.slices]).toEqual([1, 1, 1]);
    expect(() => engagement.sendOn(onward)).toThrow('worker 2 of user 5 told of rows that go on');
  });

  it('refuses what is handed on and not in hand', () => {
    const engagement = engaged(sliceOf(one));

    const handOn = () => engagement.handOn({ sliceId: 1, unstarted: [7], destinations: [] });

    expect(handOn).toThrow('worker 2 of user 5 told of row 7 as not begun, which it does not have in hand');
  });

  it('hands back nothing of a slice whose rows all have results', () => {
    const engagement = engaged(sliceOf(one));
    engagement.report(reported(1, [resultFor(one)], ['a']));

    expect(engagement.close({ type: 'slice-done', sliceId: 1, unstarted: [] })).toEqual({
      slice: undefined,
      freed: [],
    });
  });

  it('takes from a journal what is open and was probed under the same claim', () => {
    const engagement = engaged(sliceOf(one, two), sliceOf(three));
    engagement.report(reported(1, [resultFor(one)]));

    const found = engagement.recover([
      resultFor(one),
      resultFor(two),
      { ...resultFor(three), token: 'another' },
    ]);

    expect([idsOf(found), engagement.openRows]).toEqual([[2], 1]);
  });

  it('gives up all slices when its worker is gone', () => {
    const engagement = engaged(sliceOf(one, two), sliceOf(three));
    engagement.report(reported(2, [resultFor(three)]));

    const left = engagement.abandon();

    expect(left.map(({ slice, freed }) => [slice && idsOf(slice.rows), freed])).toEqual([
      [[1, 2], ['a']],
      [undefined, ['b']],
    ]);
  });

  it.each([
    [
      'a result for a row that is not in hand',
      (e: Engagement) => e.report(reported(1, [resultFor(row(9, 'a'))])),
    ],
    ['a second result for a row', (e: Engagement) => e.report(reported(1, [resultFor(one), resultFor(one)]))],
    ['results of an unknown slice', (e: Engagement) => e.report(reported(9, []))],
    ['the end of a destination that is not in hand', (e: Engagement) => e.report(reported(1, [], ['z']))],
    [
      'the end of a slice with a row unaccounted for',
      (e: Engagement) => e.close({ type: 'slice-done', sliceId: 1, unstarted: [1] }),
    ],
    [
      'an unstarted row that has a result',
      (e: Engagement) => {
        e.report(reported(1, [resultFor(one), resultFor(two)]));
        e.close({ type: 'slice-done', sliceId: 1, unstarted: [1] });
      },
    ],
  ])('refuses %s', (_name, tell) => {
    const engagement = engaged(sliceOf(...rows(1, 2, 'a')));

    expect(() => tell(engagement)).toThrow(OperationalError);
  });
});
