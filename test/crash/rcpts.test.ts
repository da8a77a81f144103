import { describe, expect, it } from 'vitest';
import type { WitnessEvent } from '../support/internet/witness.ts';
import { askedRcpts, parseResultLine } from './rcpts.ts';

describe('askedRcpts', () => {
  const event = (session: number, at: number, type: WitnessEvent['type'], text: string): WitnessEvent => ({
    at,
    host: 'mx.example',
    ip: '127.10.0.1',
    session,
    type,
    text,
  });

  it('gives each RCPT with its time and who asked, in order, and nothing else', () => {
    const events = [
      event(1, 0, 'connect', '127.20.0.1'),
      event(2, 1, 'connect', '127.20.0.2'),
      event(1, 2, 'command', 'MAIL FROM:<p@x.example>'),
      event(2, 3, 'command', 'RCPT TO:<bob@a.example>'),
      event(1, 4, 'command', 'RCPT TO:<ann@a.example>'),
      event(1, 5, 'reply', '250 ok'),
    ];

    expect(askedRcpts(events)).toEqual([
      { address: 'bob@a.example', at: 3, client: '127.20.0.2' },
      { address: 'ann@a.example', at: 4, client: '127.20.0.1' },
    ]);
  });

  it('leaves out what a host did not mean to answer', () => {
    const events = [
      event(1, 0, 'connect', '127.20.0.1'),
      event(1, 1, 'command', 'RCPT TO:<ann@a.example>'),
      event(1, 2, 'reply', '(reset)'),
    ];

    expect(askedRcpts(events)).toEqual([]);
  });
});

describe('parseResultLine', () => {
  it.each([
    {
      line: '[2026-11-28 00:58:32] ✓ EMAIL: ann@a.example | STATUS: valid | RESPONSE: 127.10.0.24 | REASON: accepted',
      email: 'ann@a.example',
      isFinal: true,
    },
    {
      line: '[2026-11-28 00:58:32] ? EMAIL: "b o b"@a.example | STATUS: deferred | RESPONSE: 450 later | RETRY: in 2 s',
      email: '"b o b"@a.example',
      isFinal: false,
    },
  ])('reads $email', ({ line, email, isFinal }) => {
    const at = new Date(2026, 10, 28, 0, 58, 32).getTime();

    expect(parseResultLine(line)).toEqual({ email, at, isFinal });
  });

  it('takes no other line for a result', () => {
    expect(
      parseResultLine('[2026-11-28 00:58:32] Processed 54 emails: Valid=42, Invalid=12'),
    ).toBeUndefined();
  });
});
