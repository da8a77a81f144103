// The sections of a report: each a heading, a sentence, a drawing and its figures as a table. One that has nothing to show is
// left out.

import { meaningOf } from '../domain/explain-evidence.ts';
import { counted, grouped, share, span } from '../domain/quantities.ts';
import { savingsSentences, VERDICT_WORDS } from '../domain/report-words.ts';
import { type ReasonCount, type Report, VERDICTS } from '../domain/report.ts';
import { REASONS } from '../domain/reasons-explained.ts';
import type { Reason } from '../domain/reason.ts';
import { type Part, bar, columns } from './charts.ts';
import { type Child, type Html, foreign, html } from './html.ts';
import type { Example, Times } from './report-page.ts';

/** What comes after these is added up. */
const MAX_REASONS = 15;
const MAX_PROVIDERS = 12;

function section(heading: string, ...body: readonly Child[]): Html {
  return html`<section class="card">
    <h2>${heading}</h2>
    ${body}
  </section>`;
}

function dot(kind: string): Html {
  return html`<span class="dot ${kind}"></span>`;
}

export function verdictsSection({ counts, decided }: Report): Html | false {
  if (decided === 0) return false;
  const rows = VERDICTS.map((verdict) => {
    const { name, meaning, advice } = VERDICT_WORDS[verdict];
    return html`<tr>
      <th scope="row">${dot(verdict)}${name}<small>${meaning}</small></th>
      <td class="spare">${advice}</td>
      <td class="num">${grouped(counts[verdict])}</td>
      <td class="num">${share(counts[verdict], decided)}</td>
    </tr>`;
  });
  return section(
    'What the verdicts mean',
    html`<table>
      <thead>
        <tr>
          <th scope="col">Verdict</th>
          <th scope="col" class="spare">What to do</th>
          <th scope="col" class="num">Addresses</th>
          <th scope="col" class="num">Share</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>`,
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
      <td class="spare">${dot(verdict)}${VERDICT_WORDS[verdict].name}</td>
      <td class="num">${grouped(count)}</td>
      <td class="num">${share(count, decided)}</td>
    </tr>`;
  });
  return section(
    'Why',
    html`<p class="meta">What each verdict stands on, the most frequent first.</p>
      <table>
        <thead>
          <tr>
            <th scope="col" class="wide">Reason</th>
            <th scope="col" class="spare">Verdict</th>
            <th scope="col" class="num">Addresses</th>
            <th scope="col" class="num">Share</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>`,
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
        yet${waiting.length > 0 && ', of which some were put off by their mail servers and are asked about again by themselves'}.
      </p>`,
    waiting.length > 0 &&
      html`<table>
        <thead>
          <tr>
            <th scope="col" class="wide">Put off</th>
            <th scope="col" class="num">Addresses</th>
          </tr>
        </thead>
        <tbody>
          ${waiting.slice(0, MAX_REASONS).map(
            ({ reason, rows }) =>
              html`<tr>
                <th scope="row">${foreign(reason, 64)}<small>${meaningOf(reason)}</small></th>
                <td class="num">${grouped(rows)}</td>
              </tr>`,
          )}
        </tbody>
      </table>`,
  );
}

function adviceTable(unknown: readonly ReasonCount[]): Html {
  return html`<table>
    <thead>
      <tr>
        <th scope="col" class="wide">Unknown, since</th>
        <th scope="col" class="num">Addresses</th>
      </tr>
    </thead>
    <tbody>
      ${unknown.map(
        ({ reason, rows }) =>
          html`<tr>
            <th scope="row">
              ${foreign(reason, 64)}<small>${meaningOf(reason)}</small
              ><small>For whoever runs the check: ${adviceOf(reason)}</small>
            </th>
            <td class="num">${grouped(rows)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

export function providersSection({ providers }: Report): Html | false {
  if (providers.length === 0) return false;
  const rows = providers.slice(0, MAX_PROVIDERS).map(({ name, rows: all, counts }) => {
    const parts = VERDICTS.map((verdict): Part => ({
      kind: verdict,
      name: `${VERDICT_WORDS[verdict].name} ${share(counts[verdict], all)}`,
      value: counts[verdict],
    }));
    const said = parts
      .filter(({ value }) => value > 0)
      .map((part) => part.name)
      .join(', ');
    return html`<tr>
      <th scope="row">${name === 'other' ? 'Other mail servers' : name}${bar(`${name}: ${said}`, parts)}</th>
      <td class="num">${grouped(all)}</td>
      <td class="num">${share(counts.valid, all)}</td>
      <td class="num spare">${share(counts.invalid, all)}</td>
      <td class="num spare">${share(counts.unknown, all)}</td>
    </tr>`;
  });
  return section(
    'Providers',
    html`<p class="meta">Who runs the mail servers of these addresses, and what they said.</p>
      <table>
        <thead>
          <tr>
            <th scope="col" class="wide">Provider</th>
            <th scope="col" class="num">Addresses</th>
            <th scope="col" class="num">Valid</th>
            <th scope="col" class="num spare">Invalid</th>
            <th scope="col" class="num spare">Unknown</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>`,
    legend(),
  );
}

export function paceSection({ pace }: Report, { mark }: Times): Html | false {
  const { bins, widthSeconds } = pace;
  if (bins.length < 2) return false;
  const label = (at: number) => mark(at, widthSeconds);
  const totalOf = ({ counts }: (typeof bins)[number]) =>
    VERDICTS.reduce((sum, verdict) => sum + counts[verdict], 0);
  const busiest = bins.reduce((most, bin) => (totalOf(bin) > totalOf(most) ? bin : most));
  const items = bins.map((bin) => ({
    title: `${label(bin.startsAt)}: ${grouped(totalOf(bin))}`,
    parts: VERDICTS.map((verdict) => ({ kind: verdict, name: verdict, value: bin.counts[verdict] })),
  }));
  const ends = [bins[0], bins[Math.floor(bins.length / 2)], bins.at(-1)].map((bin) => label(bin!.startsAt));
  return section(
    'Over time',
    html`<p class="meta">
      Addresses decided in each ${span(widthSeconds)}; the most, ${grouped(totalOf(busiest))}, from
      ${label(busiest.startsAt)}.
    </p>`,
    columns(
      `Addresses decided over time, at most ${grouped(totalOf(busiest))} in ${span(widthSeconds)}`,
      items,
      {
        along: ends,
        value: grouped,
      },
    ),
    legend(),
    html`<details>
      <summary>The figures</summary>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">From</th>
              ${VERDICTS.map((verdict) => html`<th scope="col" class="num">${VERDICT_WORDS[verdict].name}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${bins
              .filter((bin) => totalOf(bin) > 0)
              .map(
                (bin) =>
                  html`<tr>
                    <th scope="row">${label(bin.startsAt)}</th>
                    ${VERDICTS.map((verdict) => html`<td class="num">${grouped(bin.counts[verdict])}</td>`)}
                  </tr>`,
              )}
          </tbody>
        </table>
      </div>
    </details>`,
  );
}

export function savingsSection(report: Report): Html | false {
  const { attempts, savings } = report;
  const sentences = savingsSentences(report);
  if (sentences.length === 0) return false;
  const rows = attempts.map(({ attempt, rows: count }, index) => {
    const isLast = index === attempts.length - 1 && attempt >= 6;
    const name = isLast ? `${attempt}th or later` : `${attempt}${ORDINALS[attempt] ?? 'th'} attempt`;
    return html`<tr>
      <th scope="row" class="wide">
        ${name}${bar(name, [{ kind: 'plain', name, value: count }], savings.asked)}
      </th>
      <td class="num">${grouped(count)}</td>
      <td class="num">${share(count, savings.asked)}</td>
    </tr>`;
  });
  return section(
    'How it was found out',
    sentences.map((sentence) => html`<p>${sentence}</p>`),
    rows.length > 0 &&
      html`<table>
        <thead>
          <tr>
            <th scope="col">Settled at the</th>
            <th scope="col" class="num">Addresses</th>
            <th scope="col" class="num">Share</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>`,
  );
}

const ORDINALS: Readonly<Record<number, string>> = { 1: 'st', 2: 'nd', 3: 'rd' };

export function domainsSection({ slowest: { items, isCertain } }: Report): Html | false {
  const [first] = items;
  if (first === undefined) return false;
  const rows = items.map(({ name, rows: count, attempts, unknown, totalMs }) => {
    const said = `${span(totalMs / count / 1_000)} an address`;
    return html`<tr>
      <th scope="row" class="wide">
        ${foreign(name, 120)}${bar(said, [{ kind: 'plain', name: said, value: totalMs / count }], first.totalMs / first.rows)}
      </th>
      <td class="num">${grouped(count)}</td>
      <td class="num">${span(totalMs / count / 1_000)}</td>
      <td class="num spare">${(attempts / count).toFixed(1)}</td>
      <td class="num spare">${grouped(unknown)}</td>
    </tr>`;
  });
  return section(
    'Slowest domains',
    html`<p class="meta">
        Those whose mail servers took the most
        time${!isCertain && ', as far as so many domains can be compared'}.
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">Domain</th>
            <th scope="col" class="num">Addresses</th>
            <th scope="col" class="num">Time each</th>
            <th scope="col" class="num spare">Attempts each</th>
            <th scope="col" class="num spare">Unknown</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>`,
  );
}

function legend(): Html {
  return html`<ul class="keys">
    ${VERDICTS.map((verdict) => html`<li>${dot(verdict)}${VERDICT_WORDS[verdict].name}</li>`)}
  </ul>`;
}

function adviceOf(reason: string): string {
  return (isReason(reason) ? REASONS[reason].advice : undefined) ?? 'check again later.';
}

function isReason(word: string): word is Reason {
  return Object.hasOwn(REASONS, word);
}
