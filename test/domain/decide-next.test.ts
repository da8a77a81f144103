import { describe, expect, it } from 'vitest';
import type { Conclusion } from '../../src/domain/conclude.ts';
import { decideNext, type Next } from '../../src/domain/decide-next.ts';
import type { Reason } from '../../src/domain/reason.ts';
import type { Probes } from '../../src/domain/retry-policy.ts';

const SCHEDULE = [300, 900, 1800, 3600];
const NEW: Probes = { attempts: 0, throttles: 0 };
const HOUR = 3600;

function concluded(verdict: Conclusion['verdict'], reason: Reason, waitSeconds?: number) {
  return { verdict, reason, waitSeconds };
}

/** What becomes of a row whose host says the same at every probe. */
function fates(conclusion: ReturnType<typeof concluded>, schedule: readonly number[], random = 0): Next[] {
  const all: Next[] = [decideNext(conclusion, NEW, schedule, random)];
  while (all.at(-1)!.status === 'deferred' && all.length < 100) {
    all.push(decideNext(conclusion, all.at(-1)!.probes, schedule, random));
  }
  return all;
}

const waitsIn = (all: readonly Next[]) => all.flatMap(({ retryInSeconds }) => retryInSeconds ?? []);

describe('decideNext', () => {
  it.each([
    ['valid', 'accepted'],
    ['invalid', 'mailbox-not-found'],
    ['catch-all', 'accepts-all'],
  ] as const)('is done with %s', (verdict, reason) => {
    expect(decideNext(concluded(verdict, reason), { attempts: 2, throttles: 1 }, SCHEDULE, 0)).toEqual({
      status: verdict,
      retryInSeconds: undefined,
      probes: { attempts: 3, throttles: 1 },
    });
  });

  it.each([
    ['retry', 'greylisted', [300, 900, 1800, HOUR, 4 * HOUR]],
    ['retry', 'timeout', [300, 900, 1800, HOUR, 4 * HOUR, 12 * HOUR]],
    ['retry', 'dns-failure', [300, 900, 1800, HOUR, 4 * HOUR, 12 * HOUR]],
    ['retry', 'ambiguous-reply', [300, 900, 1800, HOUR, 4 * HOUR, 12 * HOUR]],
    ['retry', 'mailbox-full', [6 * HOUR, 24 * HOUR, 48 * HOUR]],
    ['retry', 'worker-crashed', SCHEDULE],
    ['retry', 'rate-limited', [900, HOUR, 2 * HOUR, ...Array.from({ length: 7 }, () => 4 * HOUR)]],
    ['unknown', 'policy-block', [HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR]],
    ['unknown', 'sender-rejected', [HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR]],
    ['unknown', 'auth-or-tls-required', [HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR]],
    ['unknown', 'refuses-everybody', [HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR]],
  ] as const)(
    'puts off %s for %s as its policy has it, and then calls it unknown',
    (verdict, reason, waits) => {
      const all = fates(concluded(verdict, reason), SCHEDULE);

      expect([waitsIn(all), all.at(-1)!.status]).toEqual([waits, 'unknown']);
    },
  );

  it.each(['accepted-unverified', 'smtputf8-unsupported', 'ambiguous-reply'] as const)(
    'does not wait for what time will not settle: %s',
    (reason) => {
      expect(decideNext(concluded('unknown', reason), NEW, SCHEDULE, 0).status).toBe('unknown');
    },
  );

  it('uses up no attempt where the host would not let us ask, and ends all the same', () => {
    const throttled = fates(concluded('retry', 'rate-limited'), SCHEDULE).at(-1)!.probes;

    const next = decideNext(concluded('retry', 'greylisted'), throttled, SCHEDULE, 0);

    expect([throttled, next]).toEqual([
      { attempts: 11, throttles: 11 },
      { status: 'deferred', retryInSeconds: 300, probes: { attempts: 12, throttles: 11 } },
    ]);
  });

  it('scatters the next attempt by up to a fifth', () => {
    const seconds = [0, 0.5, 1].map(
      (random) => decideNext(concluded('retry', 'timeout'), NEW, SCHEDULE, random).retryInSeconds,
    );

    expect(seconds).toEqual([300, 330, 360]);
  });

  it.each([
    { why: 'longer than the schedule', wait: 500, attempts: 0, seconds: 500 },
    { why: 'shorter than the schedule', wait: 92, attempts: 0, seconds: 92 },
    { why: 'that did not help the first time', wait: 92, attempts: 1, seconds: 900 },
    { why: 'that is longer than the second wait', wait: 1000, attempts: 1, seconds: 1000 },
    { why: 'of a day, which is cut to an hour', wait: 86_400, attempts: 0, seconds: HOUR },
    { why: 'of a moment, which is a minute', wait: 1, attempts: 0, seconds: 60 },
  ])('treats a wait that the host asked for, $why', ({ wait, attempts, seconds }) => {
    const next = decideNext(concluded('retry', 'greylisted', wait), { attempts, throttles: 0 }, SCHEDULE, 0);

    expect(next.retryInSeconds).toBe(seconds);
  });

  it('takes the time that a host names for its limit', () => {
    const next = decideNext(concluded('retry', 'rate-limited', 92), NEW, SCHEDULE, 0);

    expect(next.retryInSeconds).toBe(92);
  });

  it.each(['greylisted', 'rate-limited', 'policy-block', 'mailbox-full', 'timeout'] as const)(
    'follows a schedule that was shortened on purpose to the letter, for %s',
    (reason) => {
      const verdict = reason === 'policy-block' ? 'unknown' : 'retry';

      expect(waitsIn(fates(concluded(verdict, reason, 500), [1, 2]))).toEqual([1, 2]);
    },
  );

  it('shrinks the waits of its own in proportion to a schedule that begins below five minutes', () => {
    expect(waitsIn(fates(concluded('unknown', 'policy-block'), [60, 120]))).toEqual([
      HOUR / 5,
      (4 * HOUR) / 5,
      (12 * HOUR) / 5,
      (24 * HOUR) / 5,
    ]);
    expect(waitsIn(fates(concluded('retry', 'timeout'), [60, 120]))).toEqual([60, 120, 2880, 8640]);
  });

  it.each(['greylisted', 'rate-limited', 'mailbox-full'] as const)(
    'has no attempt left without a schedule, for %s',
    (reason) => {
      expect(decideNext(concluded('retry', reason, 500), NEW, [], 0)).toMatchObject({
        status: 'unknown',
        retryInSeconds: undefined,
      });
    },
  );
});
