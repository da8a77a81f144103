import { describe, expect, it } from 'vitest';
import type { SliceWork } from '../../src/worker/messages.ts';
import { sendAllOn, sendOn } from '../../src/worker/send-on.ts';
import { decidedRow, row } from '../pool/rows.ts';
import { trail } from './equipment.ts';

const hosts = ['mx1', 'mx2', 'mx3'].map((name) => ({ name, ips: undefined }));
const work: SliceWork = {
  rows: [row(1, 'a'), row(2, 'a'), row(3, 'b'), decidedRow(4)],
  routes: {
    'a.example': { type: 'hosts', hosts, destination: 'mx1' },
    'b.example': { type: 'hosts', hosts, startsAt: 1, destination: 'mx2' },
  },
  catchAll: { 'a.example': 'no', 'b.example': 'unknown' },
};
const to = (startsAt: number) => ({ startsAt, destination: `mx${startsAt + 1}` });

describe('sendOn', () => {
  it('gives the rows that go on, with what they bring along, and no routes but theirs, which begin further down', () => {
    expect(sendOn(work, { rows: [{ id: 2, trail }], stops: { 'a.example': to(1) } })).toEqual({
      rows: [{ ...row(2, 'a'), target: { ...row(2, 'a').target, trail } }],
      routes: { 'a.example': { type: 'hosts', hosts, startsAt: 1, destination: 'mx2' } },
      catchAll: { 'a.example': 'no' },
    });
  });

  it.each([
    ['a row that is not in hand', { rows: [{ id: 7, trail }], stops: { 'a.example': to(1) } }],
    ['a row that nobody is asked about', { rows: [{ id: 4, trail }], stops: { '': to(1) } }],
    ['a domain that is told no host', { rows: [{ id: 1, trail }], stops: { 'b.example': to(2) } }],
    ['the host where it is', { rows: [{ id: 3, trail }], stops: { 'b.example': to(1) } }],
    ['a host before it', { rows: [{ id: 3, trail }], stops: { 'b.example': to(0) } }],
    ['a host beyond the list', { rows: [{ id: 1, trail }], stops: { 'a.example': to(3) } }],
  ])('sends nothing on for %s', (_name, onward) => {
    expect(sendOn(work, onward)).toBeUndefined();
  });
});

describe('sendAllOn', () => {
  it('gives what goes on of all destinations as one', () => {
    const onward = [
      { sliceId: 1, destination: 'mx1', rows: [{ id: 1, trail }], stops: { 'a.example': to(2) } },
      { sliceId: 1, destination: 'mx2', rows: [{ id: 3, trail }], stops: { 'b.example': to(2) } },
    ];

    const { rows, routes } = sendAllOn(work, onward);

    expect(rows.map(({ id }) => id)).toEqual([1, 3]);
    expect(Object.values(routes)).toEqual([
      { type: 'hosts', hosts, startsAt: 2, destination: 'mx3' },
      { type: 'hosts', hosts, startsAt: 2, destination: 'mx3' },
    ]);
  });

  it('does not lose what was not in hand', () => {
    const onward = [{ sliceId: 1, destination: 'mx1', rows: [{ id: 7, trail }], stops: {} }];

    expect(() => sendAllOn(work, onward)).toThrow('rows go on that were not in hand');
  });
});
