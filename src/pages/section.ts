// What sections of pages have in common.

import { VERDICT_WORDS } from '../domain/report-words.ts';
import { VERDICTS } from '../domain/report.ts';
import { type Child, type Html, html } from './html.ts';

export function section(heading: string, ...body: readonly Child[]): Html {
  return html`<section class="card">
    <h2>${heading}</h2>
    ${body}
  </section>`;
}

/** The colour of a kind, beside its name. */
export function dot(kind: string): Html {
  return html`<span class="dot ${kind}"></span>`;
}

export function legend(): Html {
  return html`<ul class="keys">
    ${VERDICTS.map((verdict) => html`<li>${dot(verdict)}${VERDICT_WORDS[verdict].name}</li>`)}
  </ul>`;
}
