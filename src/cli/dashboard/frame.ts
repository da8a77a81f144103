// The frame around what is seen: the name of the dashboard, whether it is live, and what stands in the way of seeing more.
// live-script.ts keeps all of it up to date.

import { livePage } from '../../pages/document.ts';
import { Html, html } from '../../pages/html.ts';
import type { Sight, Topic } from './lookout.ts';

export function pageOf(topic: Topic, { content, seenAt, trouble }: Sight, now: number): string {
  const title = topic === 'overview' ? 'Dashboard' : `List ${topic}`;
  const isGone = content === undefined && trouble === undefined;
  const stream = topic === 'overview' ? '/events' : `/events/list/${topic}`;
  const shown = isGone
    ? html`<p>There is no list ${topic} in csv_list; it may have been deleted. <a href="/">All lists</a></p>`
    : Html.trusted(content ?? '');
  return livePage(`${title}: smtp-validate-cron`, [
    html`<header class="head bar-head">
        <a class="over" href="/">smtp-validate-cron</a>
        <span class="state">${seenAt === 0 ? 'nothing seen yet' : 'live'}</span>
      </header>
      <div class="frame">
        <p class="alarm" role="alert" ${trouble === undefined && HIDDEN}>${trouble?.sentence}</p>
        <noscript
          ><p class="alarm">
            Without scripts this page stands still. Load it again to see what is new.
          </p></noscript
        >
      </div>`,
    html`<main
      data-stream="${stream}"
      data-seen-at="${seenAt}"
      data-now="${now}"
      data-trouble="${trouble?.sentence}"
    >
      ${shown}
    </main>`,
  ]);
}

const HIDDEN = Html.trusted('hidden');
