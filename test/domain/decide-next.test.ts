import { describe, expect, it } from 'vitest';
import type { Conclusion } from '../../src/domain/conclude.ts';
import { decideNext } from '../../src/domain/decide-next.ts';
import type { Reason } from '../../src/domain/reason.ts';

const SCHEDULE = [300, 900, 3600];

function concluded(
  verdict: Conclusion['verdict'],
  reason: Reason,
  waitSeconds?: number,
): Parameters<typeof decideNext>[0] {
  return { verdict, reason, label: undefined, catchAll: undefined, waitSeconds };
}

describe('decideNext', () => {
  it.each([
    ['valid', 'accepted'],
    ['invalid', 'mailbox-not-found'],
    ['catch-all', 'accepts-all'],
  ] as const)('is done with %s', (verdict, reason) => {
    expect(decideNext(concluded(verdict, reason), 1, SCHEDULE, 0)).toEqual({
      status: verdict,
      retryInSeconds: undefined,
    });
  });

  it.each([
    ['retry', 'greylisted'],
    ['retry', 'timeout'],
    ['retry', 'dns-failure'],
    ['retry', 'mailbox-full'],
    ['retry', 'ambiguous-reply'],
    ['retry', 'worker-crashed'],
    ['unknown', 'policy-block'],
    ['unknown', 'sender-rejected'],
    ['unknown', 'auth-or-tls-required'],
    ['unknown', 'refuses-everybody'],
  ] as const)('puts off %s for %s while the schedule lasts, and then calls it unknown', (verdict, reason) => {
    const fates = [1, 2, 3, 4].map((attempt) => decideNext(concluded(verdict, reason), attempt, SCHEDULE, 0));

    expect(fates).toEqual([
      { status: 'deferred', retryInSeconds: 300 },
      { status: 'deferred', retryInSeconds: 900 },
      { status: 'deferred', retryInSeconds: 3600 },
      { status: 'unknown', retryInSeconds: undefined },
    ]);
  });

  it.each(['accepted-unverified', 'smtputf8-unsupported', 'ambiguous-reply'] as const)(
    'does not wait for what time will not settle: %s',
    (reason) => {
      expect(decideNext(concluded('unknown', reason), 1, SCHEDULE, 0).status).toBe('unknown');
    },
  );

  it('scatters the next attempt by up to a fifth', () => {
    const seconds = [0, 0.5, 1].map(
      (random) => decideNext(concluded('retry', 'timeout'), 1, SCHEDULE, random).retryInSeconds,
    );

    expect(seconds).toEqual([300, 330, 360]);
  });

  it.each([
    { why: 'longer than the schedule', wait: 500, schedule: SCHEDULE, attempt: 1, seconds: 500 },
    { why: 'shorter than the schedule', wait: 92, schedule: SCHEDULE, attempt: 1, seconds: 300 },
    { why: 'of a day, which is cut to an hour', wait: 86_400, schedule: SCHEDULE, attempt: 1, seconds: 3600 },
    { why: 'of a moment, which is a minute', wait: 1, schedule: [60], attempt: 1, seconds: 60 },
    {
      why: 'against a schedule that was shortened on purpose',
      wait: 500,
      schedule: [1, 2],
      attempt: 2,
      seconds: 2,
    },
  ])('treats a wait that the host asked for, $why', ({ wait, schedule, attempt, seconds }) => {
    expect(decideNext(concluded('retry', 'greylisted', wait), attempt, schedule, 0).retryInSeconds).toBe(
      seconds,
    );
  });

  it('has no attempt left without a schedule', () => {
    expect(decideNext(concluded('retry', 'greylisted', 500), 1, [], 0)).toEqual({
      status: 'unknown',
      retryInSeconds: undefined,
    });
  });
});
