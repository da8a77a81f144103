import { describe, expect, it } from 'vitest';
import type { WitnessEvent } from '../support/internet/witness.ts';
import { askedRcpts } from './sessions.ts';

const EVERY_MS = 10;

/** A session as its host saw it: `>` a command, `<` a reply, the closing at last. */
function session(number: number, lines: readonly string[]): WitnessEvent[] {
  const base = { host: 'mx.example', ip: '127.10.0.1', session: number };
  const spoken = lines.map((line, place) => ({
    ...base,
    at: place * EVERY_MS,
    type: line.startsWith('>') ? ('command' as const) : ('reply' as const),
    text: line.slice(2),
  }));
  const at = lines.length * EVERY_MS;
  return [
    { ...base, at: 0, type: 'connect', text: '127.20.0.1' },
    ...spoken,
    { ...base, at, type: 'close', text: '' },
  ];
}

const OPENING = ['< 220 hi', '> EHLO us', '< 250 ok', '> MAIL FROM:<p@x>', '< 250 ok'];
const ASK = (who: string, reply: string) => [`> RCPT TO:<${who}@a.example>`, `< ${reply}`];
const NEXT = ['> RSET', '< 250 ok', '> MAIL FROM:<p@x>', '< 250 ok'];
const isControl = (address: string) => address.startsWith('nobody');

/** Who was asked about, with a star where it was in flight at the cut. */
function asked(events: readonly WitnessEvent[]): string[] {
  return askedRcpts(events, isControl).map(
    ({ address, wasInFlight }) => `${address.split('@')[0]}${wasInFlight ? '*' : ''}`,
  );
}

describe('askedRcpts', () => {
  it.each([
    {
      what: 'a session that ended with QUIT',
      lines: [...OPENING, ...ASK('ann', '250 ok'), '> QUIT', '< 221 bye'],
      seen: ['ann'],
    },
    {
      what: 'a question that was not answered',
      lines: [...OPENING, '> RCPT TO:<ann@a.example>'],
      seen: ['ann*'],
    },
    {
      what: 'the transaction that was cut, and not the one before it',
      lines: [
        ...OPENING,
        ...ASK('ann', '250 ok'),
        ...ASK('nobody', '550 no'),
        ...NEXT,
        ...ASK('bob', '250 ok'),
      ],
      seen: ['ann', 'bob*'],
    },
    {
      what: 'answers that still waited for the control recipient’s',
      lines: [...OPENING, ...ASK('ann', '250 ok'), ...NEXT, ...ASK('bob', '250 ok')],
      seen: ['ann*', 'bob*'],
    },
  ])('tells what was in flight of $what', ({ lines, seen }) => {
    expect(asked(session(1, lines))).toEqual(seen);
  });

  it('leaves out what a host did not mean to answer, and keeps sessions apart that overlap', () => {
    const tricked = session(1, [...OPENING, ...ASK('ann', '(reset)')]);
    const plain = session(2, [...OPENING, ...ASK('bob', '250 ok'), '> QUIT']);
    const mixed = [...tricked, ...plain].toSorted((a, b) => a.at - b.at);

    expect(asked(mixed)).toEqual(['bob']);
  });

  it('tells who asked whom, when', () => {
    const [first] = askedRcpts(session(7, [...OPENING, ...ASK('ann', '250 ok')]), isControl);

    expect(first).toMatchObject({
      address: 'ann@a.example',
      host: 'mx.example',
      session: 7,
      at: 50,
      client: '127.20.0.1',
    });
  });
});
