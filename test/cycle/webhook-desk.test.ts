import { describe, expect, it } from 'vitest';
import { deliverWebhooks, GIVE_UP_AFTER_SECONDS, waitAfter } from '../../src/cycle/webhook-desk.ts';
import { OperationalError } from '../../src/platform/operational-error.ts';
import type { Webhook } from '../../src/store/webhooks.ts';

const webhook: Webhook = {
  id: 'a',
  listId: 7,
  userId: 1,
  total: 3,
  valid: 3,
  invalid: 0,
  unknown: 0,
  missing: 0,
  completedAt: 1_000,
  attempt: 1,
  now: 1_000,
};

/** Delivers one, and gives what became of it and what was told. */
async function deliver(due: Webhook, why: string | undefined): Promise<readonly string[]> {
  const happened: string[] = [];
  await deliverWebhooks({
    store: {
      takeWebhooks: async () => [due],
      putOffWebhook: async (_, seconds) => void happened.push(`put off by ${seconds} s`),
      forgetWebhook: async () => void happened.push('forgotten'),
    },
    story: {
      failure: undefined,
      cron: (text) => void happened.push(text),
      user: () => undefined,
    },
    send: async () => why,
  });
  return happened;
}

describe('deliverWebhooks', () => {
  it('forgets what was taken', async () => {
    expect(await deliver(webhook, undefined)).toEqual([
      'forgotten',
      'List 7: WEBHOOK_URL was told that it is completed',
    ]);
  });

  it('puts off what was not taken, and says why', async () => {
    expect(await deliver({ ...webhook, attempt: 2, now: 1_060 }, 'the answer was 500')).toEqual([
      'put off by 120 s',
      'WARNING: WEBHOOK_URL did not take the news that list 7 is completed (attempt 2): the answer was 500; the next attempt is in 120 s',
    ]);
  });

  it('gives up what was not taken for a day', async () => {
    const old = { ...webhook, attempt: 29, now: 1_000 + GIVE_UP_AFTER_SECONDS };

    expect(await deliver(old, 'ECONNREFUSED')).toEqual([
      'forgotten',
      'ERROR: WEBHOOK_URL never took the news that list 7 is completed, in a day and 29 attempts: ECONNREFUSED; it is given up',
    ]);
  });

  it('waits twice as long each time, up to an hour', () => {
    expect([1, 2, 3, 6, 7, 40].map(waitAfter)).toEqual([60, 120, 240, 1_920, 3_600, 3_600]);
  });

  it.each([
    { error: new OperationalError('DATABASE_UNREACHABLE', 'the database is away'), told: true },
    { error: new Error('a bug'), told: false },
  ])('tells of a database that is away, and of nothing else: $error', async ({ error, told }) => {
    const lines: string[] = [];
    const delivering = deliverWebhooks({
      store: {
        takeWebhooks: () => Promise.reject(error),
        putOffWebhook: async () => undefined,
        forgetWebhook: async () => undefined,
      },
      story: { failure: undefined, cron: (text) => void lines.push(text), user: () => undefined },
      send: async () => undefined,
    });

    if (told) await delivering;
    else await expect(delivering).rejects.toBe(error);
    expect(lines).toEqual(told ? ['WARNING: the database is away'] : []);
  });
});
