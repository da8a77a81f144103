// Tells the operator's service of completed lists, as long as it takes: what is due is taken from the store, sent, and
// forgotten or put off. Each lasts no longer than a request may, all at once, so that nobody waits for a service that is
// away. How a message looks and is sent is notify's.

import { OperationalError } from '../platform/operational-error.ts';
import type { Store } from '../store/store.ts';
import type { Webhook } from '../store/webhooks.ts';
import { sentences, type Story } from './story.ts';

const FIRST_WAIT_SECONDS = 60;
const LONGEST_WAIT_SECONDS = 3_600;
/** A service that was away for so long has others to tell it what it missed. */
export const GIVE_UP_AFTER_SECONDS = 24 * 3_600;

export interface WebhookDeskParts {
  readonly store: Pick<Store, 'takeWebhooks' | 'putOffWebhook' | 'forgetWebhook'>;
  readonly story: Story;
  /** Sends one; undefined when it was taken, else what was wrong. */
  readonly send: (webhook: Webhook) => Promise<string | undefined>;
}

/** Sends what is due. Never rejects for what a database or a network does: it is tried again later. */
export async function deliverWebhooks(parts: WebhookDeskParts): Promise<void> {
  const { store, story } = parts;
  try {
    const due = await store.takeWebhooks();
    await Promise.all(due.map((webhook) => deliver(parts, webhook)));
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    story.cron(sentences.warning(error));
  }
}

async function deliver({ store, story, send }: WebhookDeskParts, webhook: Webhook): Promise<void> {
  const { listId, attempt } = webhook;
  const why = await send(webhook);
  if (why === undefined) {
    await store.forgetWebhook(webhook);
    return story.cron(sentences.webhookTaken(listId, attempt), { listId, delivery: webhook.id, attempt });
  }
  const age = webhook.now - webhook.completedAt;
  if (age >= GIVE_UP_AFTER_SECONDS) {
    await store.forgetWebhook(webhook);
    return story.cron(sentences.webhookGivenUp(listId, why, attempt), {
      listId,
      delivery: webhook.id,
      attempt,
    });
  }
  const wait = waitAfter(attempt);
  await store.putOffWebhook(webhook, wait);
  story.cron(sentences.webhookPutOff(listId, why, attempt, wait), { listId, delivery: webhook.id, attempt });
}

/** Seconds until the next attempt: doubled each time, up to an hour. */
export function waitAfter(attempt: number): number {
  return Math.min(FIRST_WAIT_SECONDS * 2 ** Math.min(attempt - 1, 10), LONGEST_WAIT_SECONDS);
}
