// The first half of a report: what was found, why, and what to do. A section that has nothing to show is left out.

import { counted, grouped, share } from '../domain/amounts.ts';
import { meaningOf } from '../domain/explain-evidence.ts';
import type { Reason } from '../domain/reason.ts';
import { REASONS } from '../domain/reasons-explained.ts';
import { VERDICT_WORDS } from '../domain/report-words.ts';
import { type ReasonCount, type Report, VERDICTS } from '../domain/report.ts';
import { bar } from './charts.ts';
import { type Html, foreign, html } from './html.ts';
import type { Example } from './report-facts.ts';
import { dot, section, table } from './section.ts';

/** What comes after these is added up. */
const MAX_REASONS = 15;

export function verdictsSection({ counts, decided }: Report): Html | false {
  if (decided === 0) return false;
  const rows = VERDICTS.map((verdict) => {
    const { name, meaning, advice } = VERDICT_WORDS[verdict];
    return html`<tr>
      <th scope="row">
        ${dot(verdict)}${name}<small>${meaning}</small><small class="narrow">${advice}</small>
      </th>
      <td class="spare">${advice}</td>
      <td class="num">${grouped(counts[verdict])}</td>
      <td class="num">${share(counts[verdict], decided)}</td>
    </tr>`;
  });
  return section(
    'What the verdicts mean',
    table([['Verdict'], ['What to do', 'spare'], ['Addresses', 'num'], ['Share', 'num']], rows),
  );
}

export function reasonsSection({ reasons, decided }: Report, examples: readonly Example[]): Html | false {
  if (reasons.length === 0) return false;
  const shown = reasons.slice(0, MAX_REASONS);
  const rest = reasons.slice(MAX_REASONS).reduce((sum, { rows }) => sum + rows, 0);
  const rows = shown.map(({ verdict, reason, rows: count }) => {
    const example = examples.find((each) => each.reason === reason);
    const name = `${share(count, decided)} of all`;
    return html`<tr>
      <th scope="row">
        ${foreign(reason, 64)}<small>${meaningOf(reason)}</small>${bar(name, [{ kind: verdict, name, value: count }], decided)}${
          example !== undefined &&
          html`<small class="say"
            >For example ${foreign(example.email, 120)}: <code>${foreign(example.said, 300)}</code></small
          >`
        }
      </th>
      <td class="spare short">${dot(verdict)}${VERDICT_WORDS[verdict].name}</td>
      <td class="num">${grouped(count)}</td>
      <td class="num">${share(count, decided)}</td>
    </tr>`;
  });
  return section(
    'Why',
    html`<p class="meta">What each verdict stands on, the most frequent first.</p>`,
    table(
      [
        ['Reason', 'wide'],
        ['Verdict', 'spare'],
        ['Addresses', 'num'],
        ['Share', 'num'],
      ],
      rows,
    ),
    rest > 0 && html`<p class="note">${counted(rest, 'address', 'addresses')} for other reasons.</p>`,
  );
}

/** What is to be done where nothing was settled: by reason, since it depends on it. */
export function unknownSection({ reasons, waiting, undecided, counts, decided }: Report): Html | false {
  if (counts.unknown + undecided === 0) return false;
  const unknown = reasons.filter(({ verdict }) => verdict === 'unknown').slice(0, MAX_REASONS);
  return section(
    'What is not settled',
    counts.unknown > 0 &&
      html`<p>
        ${counted(counts.unknown, 'address is', 'addresses are')} unknown (${share(counts.unknown, decided)}).
        Unknown is not invalid: most of these mailboxes exist, and a mail server kept it to itself. Leave them
        out of a mailing, keep them in the list, and have them checked again in some days.
      </p>`,
    unknown.length > 0 && adviceTable(unknown),
    undecided > 0 &&
      html`<p>
        ${counted(undecided, 'address is', 'addresses are')} not decided
        yet${waiting.length > 0 && '; those that their mail servers put off are asked about again without anybody’s doing'}.
      </p>`,
    waiting.length > 0 &&
      table(
        [
          ['Put off', 'wide'],
          ['Addresses', 'num'],
        ],
        waiting.slice(0, MAX_REASONS).map(
          ({ reason, rows }) =>
            html`<tr>
              <th scope="row">${foreign(reason, 64)}<small>${meaningOf(reason)}</small></th>
              <td class="num">${grouped(rows)}</td>
            </tr>`,
        ),
      ),
  );
}

function adviceTable(unknown: readonly ReasonCount[]): Html {
  return table(
    [
      ['Reason, and what whoever runs the check can do', 'wide'],
      ['Addresses', 'num'],
    ],
    unknown.map(
      ({ reason, rows }) =>
        html`<tr>
          <th scope="row">${foreign(reason, 64)}<small>${adviceOf(reason)}</small></th>
          <td class="num">${grouped(rows)}</td>
        </tr>`,
    ),
  );
}

function adviceOf(reason: string): string {
  return (isReason(reason) ? REASONS[reason].advice : undefined) ?? 'check again later.';
}

function isReason(word: string): word is Reason {
  return Object.hasOwn(REASONS, word);
}
