// The message that tells the operator's service of a completed list, signed by the Standard Webhooks specification
// (https://www.standardwebhooks.com): what is signed is id, time and body, so that a receiver can tell whether it is ours,
// whether it is new, and whether it had it before. An attempt differs from the one before only in time and signature.

import { createHmac } from 'node:crypto';
import type { ListNews } from '../domain/list-news.ts';
import type { WebhookSetting } from '../platform/webhook-setting.ts';
import type { Message } from './send.ts';

/** Gives the message as it is sent at a time in seconds since 1970. */
export function webhookMessage(news: ListNews, { url, secret }: WebhookSetting, nowSeconds: number): Message {
  const body = webhookBody(news);
  return {
    url,
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'Webhook-Id': news.id,
      'Webhook-Timestamp': String(nowSeconds),
      'Webhook-Signature': `v1,${signature({ id: news.id, nowSeconds, body }, secret)}`,
    },
    body,
  };
}

function webhookBody({ id, listId, userId, completedAt, ...counts }: ListNews): string {
  const { total, valid, invalid, unknown, missing } = counts;
  return JSON.stringify({
    type: 'list.completed',
    id,
    timestamp: new Date(completedAt * 1000).toISOString(),
    data: { list_id: listId, user_id: userId ?? null, total, valid, invalid, unknown, missing },
  });
}

/** The signature in Base64, without its version. */
export function signature(
  { id, nowSeconds, body }: { readonly id: string; readonly nowSeconds: number; readonly body: string },
  secret: string,
): string {
  return createHmac('sha256', keyOf(secret)).update(`${id}.${nowSeconds}.${body}`).digest('base64');
}

/** The specification's secrets begin with `whsec_` and are Base64; any other text is the key as it stands. */
function keyOf(secret: string): Buffer {
  return secret.startsWith('whsec_')
    ? Buffer.from(secret.slice('whsec_'.length), 'base64')
    : Buffer.from(secret);
}
