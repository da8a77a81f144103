// The page of one list: how far it is, why it is not further, what will happen next, and single rows told as `explain` tells
// them. Only lays out. All that the CRM and remote hosts said goes through `foreign`.

import { grouped, percent } from '../../domain/amounts.ts';
import { explain } from '../../domain/explain.ts';
import type { ListRows, PacePart } from '../../domain/figures.ts';
import type { KeptRow } from '../../domain/kept-row.ts';
import type { Overview } from '../../domain/overview.ts';
import { HEADINGS } from '../../domain/paragraph.ts';
import type { Why } from '../../domain/why.ts';
import { type Part, ring } from '../../pages/charts.ts';
import { type Html, foreign, html } from '../../pages/html.ts';
import { dot, section } from '../../pages/section.ts';
import { localStamp } from '../../platform/clock.ts';
import { paceSection } from './overview-view.ts';

export interface ListFacts {
  readonly list: ListRows['list'];
  readonly why: Why;
  readonly samples: readonly KeptRow[];
  readonly overview: Overview;
  /** Of the list's user. */
  readonly pace: readonly PacePart[];
}

export function listView(facts: ListFacts): Html {
  const { list, overview, pace } = facts;
  return html`${[
    html`<p class="meta"><a href="/">All lists</a></p>`,
    head(facts),
    whySection(facts.why),
    list.userId !== undefined &&
      !facts.why.isFinished &&
      paceSection(pace, overview.readAt, `The last hour of user ${list.userId}, all lists together`),
    samplesSection(facts.samples),
  ]}`;
}

function head({ list, why }: ListFacts): Html {
  const { valid, invalid, unknown, pending, total, listId, name, status } = list;
  const parts: readonly Part[] = [
    { kind: 'valid', name: 'Valid or catch-all', value: valid },
    { kind: 'invalid', name: 'Invalid or disposable', value: invalid },
    { kind: 'unknown', name: 'Unknown', value: unknown },
    { kind: 'track', name: 'Not decided', value: pending },
  ];
  const decided = valid + invalid + unknown;
  return html`<section class="card hero">
    <div class="dial">
      ${ring(parts.map((part) => `${part.name} ${grouped(part.value)}`).join(', '), parts)}
      <div class="mid"><b>${percent(decided, Math.max(total, decided))}</b><small>decided</small></div>
    </div>
    <div>
      <h1>${name === undefined ? `List ${listId}` : foreign(name)}</h1>
      <p class="meta">
        List ${listId} · ${list.userId === undefined ? 'of no user' : `user ${list.userId}`} ·
        ${foreign(status, 40)}
      </p>
      <p>${foreign(why.headline, 500)}</p>
      <table>
        <tbody>
          ${parts.map(
            ({ kind, name: what, value }) =>
              html`<tr>
                <th scope="row" class="wide">${dot(kind)}${what}</th>
                <td class="num">${grouped(value, what === 'Not decided' ? list.exactness : 'exact')}</td>
                <td class="num">${percent(value, Math.max(total, decided + pending))}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

function whySection({ parts, next }: Why): Html | false {
  if (parts.length + next.length === 0) return false;
  return section(
    'Why it is not finished',
    html`<ul class="saved">
      ${parts.map(({ sentences: [first = '', ...more] }) => html`<li>${foreign(first, 2_000)}${more.map((sentence) => html`<small class="say">${foreign(sentence, 2_000)}</small>`)}</li>`)}
    </ul>`,
    next.length > 0 && [
      html`<h3>What happens next</h3>`,
      next.map((sentence) => html`<p>${foreign(sentence, 2_000)}</p>`),
    ],
  );
}

function samplesSection(samples: readonly KeptRow[]): Html | false {
  if (samples.length === 0) return false;
  return section(
    'How rows were decided',
    html`<p class="meta">One of each reason among the newest; “explain” tells of any other.</p>`,
    samples.map(
      (row) =>
        html`<details>
          <summary>
            ${dot(kindOf(row))}${foreign(row.email, 120)}: ${foreign(row.validationStatus ?? '', 40)}
            (${foreign(row.verdict?.reason ?? '', 64)})
          </summary>
          <dl class="story">
            ${explain(row, showTime).map(
              ({ about, text }) =>
                html`<div>
                  <dt>${HEADINGS[about]}</dt>
                  <dd>${foreign(text, 2_000)}</dd>
                </div>`,
            )}
          </dl>
        </details>`,
    ),
  );
}

const KINDS: ReadonlySet<string | undefined> = new Set(['valid', 'invalid', 'catch-all', 'disposable']);

function kindOf({ validationStatus = '' }: KeptRow): string {
  return KINDS.has(validationStatus) ? validationStatus : 'unknown';
}

function showTime(epochSeconds: number): string {
  return localStamp(epochSeconds * 1000);
}
