import { describe, expect, it } from 'vitest';
import type { Reason } from '../../src/domain/reason.ts';
import type { Result } from '../../src/domain/result.ts';
import { DestinationWindows } from '../../src/pool/destination-windows.ts';

function results(mx: string, reasons: readonly Reason[]): Result[] {
  return reasons.map((reason, id) => ({
    id,
    listId: 1,
    email: `u${id}@example.com`,
    status: 'valid',
    reason,
    code: 250,
    enhanced: undefined,
    response: '192.0.2.1',
    mx,
    ip: '192.0.2.1',
    answered: true,
    attempt: 1,
    throttles: 0,
    ms: 5,
    retryInSeconds: undefined,
    token: 't',
  }));
}

const good = (count: number): Reason[] => Array.from({ length: count }, () => 'accepted');

describe('DestinationWindows', () => {
  it('starts an unknown destination at two connections and opens to eight, no further', () => {
    const windows = new DestinationWindows();
    expect(windows.connectionsFor('mx.example.com')).toBe(2);

    const rises = Array.from({ length: 100 }, () => windows.learn(results('MX.example.com.', good(1))));

    expect(windows.connectionsFor('mx.example.com')).toBe(8);
    expect(rises.filter((hasRisen) => hasRisen)).toHaveLength(6);
  });

  it('never lets a named provider have more than its figure, all its hosts together', () => {
    const windows = new DestinationWindows();

    windows.learn(results('alt1.gmail-smtp-in.l.google.com', good(500)));

    expect(windows.connectionsFor('google')).toBe(3);
    expect(windows.connectionsFor('yahoo')).toBe(1);
  });

  it('halves a destination that says slow down, and no other', () => {
    const windows = new DestinationWindows();
    for (const mx of ['mx.a.test', 'mx.b.test']) windows.learn(results(mx, good(2)));

    windows.learn(results('mx.a.test', ['rate-limited']));

    expect([windows.connectionsFor('mx.a.test'), windows.connectionsFor('mx.b.test')]).toEqual([1, 3]);
  });
});
