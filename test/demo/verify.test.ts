// The demo's judgement: it must see what is wrong, or its "all agree" is worth nothing.
import { describe, expect, it } from 'vitest';
import type { CrmList, CrmRow } from '../support/embedded-database.ts';
import type { ExpectedAddress } from '../support/internet/world.ts';
import type { WitnessEvent } from '../support/internet/witness.ts';
import { progressLine } from './progress.ts';
import { listTable, verifyDatabase } from './verify.ts';
import { askedTwice } from './witness-facts.ts';

const addresses: ExpectedAddress[] = [
  { email: 'ann@a.example', kind: 'accepted', verdict: 'valid', reason: 'accepted', ip: '127.10.0.1' },
  { email: 'bob@a.example', kind: 'unknown', verdict: 'invalid', reason: 'mailbox-not-found' },
];
const world = { lists: [{ userId: 5, name: 'List', addresses }] };
const ann: CrmRow = {
  id: 1,
  listId: 1,
  email: 'ann@a.example',
  isProcessed: true,
  domainStatus: 1,
  domainVerified: 1,
  verdict: 'valid',
  response: '127.10.0.1',
};
const bob: CrmRow = {
  ...ann,
  id: 2,
  email: 'bob@a.example',
  domainStatus: 0,
  verdict: 'invalid',
  response: '550 no',
};
const list: CrmList = { id: 1, userId: 5, name: 'List', status: 'completed', total: 2, valid: 1, invalid: 1 };

describe('verifyDatabase', () => {
  it('finds nothing where all is as expected', () => {
    expect(verifyDatabase(world, [ann, bob], [list])).toEqual({ total: 2, agreeing: 2, differences: [] });
  });

  it.each<{ what: string; rows: CrmRow[]; lists?: CrmList[]; difference: RegExp }>([
    {
      what: 'another verdict',
      rows: [ann, { ...bob, verdict: 'unknown' }],
      difference: /is unknown, expected invalid/,
    },
    {
      what: 'another domain_status',
      rows: [ann, { ...bob, domainStatus: 2 }],
      difference: /domain_status 2/,
    },
    { what: 'a row not decided', rows: [ann, { ...bob, isProcessed: false }], difference: /is not decided/ },
    {
      what: 'another host',
      rows: [{ ...ann, response: '127.10.0.9' }, bob],
      difference: /accepted by 127.10.0.1/,
    },
    {
      what: 'a row of no list',
      rows: [ann, { ...bob, email: 'eve@x.example' }],
      difference: /is in no list/,
    },
    { what: 'a lost row', rows: [ann], difference: /1 rows more/ },
    {
      what: 'a list not completed',
      rows: [ann, bob],
      lists: [{ ...list, status: 'running' }],
      difference: /is running/,
    },
    {
      what: 'a wrong count',
      rows: [ann, bob],
      lists: [{ ...list, valid: 2 }],
      difference: /counts 2 valid, its rows say 1/,
    },
  ])('names $what', ({ rows, lists, difference }) => {
    const { differences } = verifyDatabase(world, rows, lists ?? [list]);

    expect(differences[0]).toMatch(difference);
  });
});

describe('listTable', () => {
  it('has a line a list, under a head of the same widths', () => {
    const [head, line] = listTable([list], [ann, bob]);

    expect(head!.length).toBe(line!.length);
    expect(line!.trim().split(/\s+/)).toEqual([
      '1',
      '5',
      'completed',
      '2',
      '1',
      '1',
      '1',
      '1',
      '0',
      '0',
      '0',
    ]);
  });
});

describe('askedTwice', () => {
  let at = 0;
  const event = (session: number, type: WitnessEvent['type'], text: string): WitnessEvent => ({
    at: at++,
    host: 'mx.example',
    ip: '127.10.0.1',
    session,
    type,
    text,
  });
  const asked = (session: number, reply: string) => [
    event(session, 'connect', ''),
    event(session, 'reply', '220 hello'),
    event(session, 'command', 'RCPT TO:<ann@a.example>'),
    event(session, 'reply', reply),
    event(session, 'close', ''),
  ];

  it.each([
    { what: 'one answer in one attempt', events: asked(1, '250 ok'), attempts: 1, twice: [] },
    {
      what: 'two answers in two attempts',
      events: [...asked(1, '450 later'), ...asked(2, '250 ok')],
      attempts: 2,
      twice: [],
    },
    {
      what: 'silence, then an answer',
      events: [...asked(1, '(silent)'), ...asked(2, '250 ok')],
      attempts: 1,
      twice: [],
    },
    {
      what: 'a RCPT behind a refused MAIL',
      events: [...asked(1, '503 no'), ...asked(2, '250 ok')],
      attempts: 1,
      twice: [],
    },
    {
      what: 'two answers in one attempt',
      events: [...asked(1, '250 ok'), ...asked(2, '250 ok')],
      attempts: 1,
      twice: ['ann@a.example'],
    },
  ])('gives $twice for $what', ({ events, attempts, twice }) => {
    expect(askedTwice(events, new Map([['ann@a.example', attempts]]))).toEqual(twice);
  });
});

describe('progressLine', () => {
  it('draws the share that is decided', () => {
    expect(progressLine(0, 10, 0)).toContain(`${'░'.repeat(30)} 0 of 10`);
    expect(progressLine(5, 10, 2_400)).toMatch(/^ {2}█{15}░{15} 5 of 10 decided after 2 s$/);
  });
});
