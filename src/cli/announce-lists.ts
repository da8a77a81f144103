// Puts together what tells WEBHOOK_URL of completed lists; loaded when there is something to tell.

import { deliverWebhooks } from '../cycle/webhook-desk.ts';
import type { Story } from '../cycle/story.ts';
import { send } from '../notify/send.ts';
import { webhookMessage } from '../notify/webhook.ts';
import { systemClock } from '../platform/clock.ts';
import { maskUrl } from '../platform/url-setting.ts';
import type { WebhookSetting } from '../platform/webhook-setting.ts';
import type { Store } from '../store/store.ts';

/** Tells of whatever is due. */
export function announceLists(store: Store, webhook: WebhookSetting, story: Story): Promise<void> {
  return deliverWebhooks({
    store,
    story,
    send: async (news) => {
      const sent = await send(webhookMessage(news, webhook, Math.floor(systemClock.now() / 1000)));
      return sent.type === 'taken' ? undefined : `${sent.why} (${maskUrl(webhook.url)})`;
    },
  });
}
