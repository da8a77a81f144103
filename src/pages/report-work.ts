// The second half of a report: whose mail servers were asked, when, how often, and which are slow. A section that has
// nothing to show is left out.

import { grouped, lengthOf, share } from '../domain/amounts.ts';
import { askedSentence, providerName, savedParts, timeEach, VERDICT_WORDS } from '../domain/report-words.ts';
import { type Report, VERDICTS } from '../domain/report.ts';
import { type Part, bar, columns } from './charts.ts';
import { type Html, foreign, html } from './html.ts';
import type { Times } from './report-facts.ts';
import { legend, section, table } from './section.ts';

const MAX_PROVIDERS = 12;

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
      <th scope="row">${providerName(name)}${bar(`${providerName(name)}: ${said}`, parts)}</th>
      <td class="num">${grouped(all)}</td>
      <td class="num">${share(counts.valid, all)}</td>
      <td class="num spare">${share(counts.invalid, all)}</td>
      <td class="num spare">${share(counts.unknown, all)}</td>
    </tr>`;
  });
  return section(
    'Providers',
    html`<p class="meta">Who runs the mail servers of these addresses, and what they said.</p>`,
    table(
      [
        ['Provider', 'wide'],
        ['Addresses', 'num'],
        ['Valid', 'num'],
        ['Invalid', 'num spare'],
        ['Unknown', 'num spare'],
      ],
      rows,
    ),
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
      Addresses decided in each ${lengthOf(widthSeconds)}; the most, ${grouped(totalOf(busiest))}, from
      ${label(busiest.startsAt)}.
    </p>`,
    columns(
      `Addresses decided over time, at most ${grouped(totalOf(busiest))} in ${lengthOf(widthSeconds)}`,
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
        ${table(
          [['From'], ...VERDICTS.map((verdict) => [VERDICT_WORDS[verdict].name, 'num'] as const)],
          bins
            .filter((bin) => totalOf(bin) > 0)
            .map(
              (bin) =>
                html`<tr>
                  <th scope="row">${label(bin.startsAt)}</th>
                  ${VERDICTS.map((verdict) => html`<td class="num">${grouped(bin.counts[verdict])}</td>`)}
                </tr>`,
            ),
        )}
      </div>
    </details>`,
  );
}

export function savingsSection(report: Report): Html | false {
  const { attempts, savings } = report;
  const asked = askedSentence(report);
  const saved = savedParts(report);
  if (asked === undefined && saved.parts.length === 0) return false;
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
    asked !== undefined && html`<p>${asked}</p>`,
    rows.length > 0 && table([['Settled at the'], ['Addresses', 'num'], ['Share', 'num']], rows),
    saved.parts.length > 0 && [
      html`<h3>${saved.heading}</h3>`,
      html`<ul class="saved">
        ${saved.parts.map((part) => html`<li>${part}</li>`)}
      </ul>`,
    ],
  );
}

const ORDINALS: Readonly<Record<number, string>> = { 1: 'st', 2: 'nd', 3: 'rd' };

export function domainsSection({ slowest: { items, isCertain } }: Report): Html | false {
  const [first] = items;
  if (first === undefined) return false;
  const rows = items.map(({ name, rows: count, attempts, unknown, totalMs }) => {
    const said = `${timeEach({ totalMs, rows: count })} an address`;
    return html`<tr>
      <th scope="row" class="wide">
        ${foreign(name, 120)}${bar(said, [{ kind: 'plain', name: said, value: totalMs / count }], first.totalMs / first.rows)}
      </th>
      <td class="num">${grouped(count)}</td>
      <td class="num">${timeEach({ totalMs, rows: count })}</td>
      <td class="num spare">${(attempts / count).toFixed(1)}</td>
      <td class="num spare">${grouped(unknown)}</td>
    </tr>`;
  });
  return section(
    'Slowest domains',
    html`<p class="meta">
      Those whose mail servers took the most
      time${!isCertain && ', as far as so many domains can be compared'}.
    </p>`,
    table(
      [
        ['Domain'],
        ['Addresses', 'num'],
        ['Time each', 'num'],
        ['Attempts each', 'num spare'],
        ['Unknown', 'num spare'],
      ],
      rows,
    ),
  );
}
