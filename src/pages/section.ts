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

/** The title of a column, and how it looks: `wide`, `num`; `spare` is left out where there is little room. */
type Head = readonly [title: string, look?: string];

export function table(heads: readonly Head[], rows: Child): Html {
  return groupedTable(
    heads,
    html`<tbody>
      ${rows}
    </tbody>`,
  );
}

/** A table of several bodies. */
export function groupedTable(heads: readonly Head[], bodies: Child): Html {
  return html`<table>
    <thead>
      <tr>
        ${heads.map(([title, look = '']) => html`<th scope="col" class="${look}">${title}</th>`)}
      </tr>
    </thead>
    ${bodies}
  </table>`;
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
