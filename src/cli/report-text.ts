// A report as text for a terminal: the same sections as the page, none wider than there is room for. All that the CRM and
// remote hosts named is cleaned here.

import { cleanLine } from '../domain/clean-text.ts';
import { counted, grouped, lengthOf, share } from '../domain/amounts.ts';
import {
  askedSentence,
  leftOutSentence,
  savedParts,
  summarySentences,
  timeEach,
} from '../domain/report-words.ts';
import { type Report, VERDICTS } from '../domain/report.ts';
import type { ReportFacts, Times } from '../pages/report-facts.ts';
import { wrap } from './columns.ts';

const MAX_REASONS = 15;
const MAX_PROVIDERS = 12;
/** Lines for the course of time; what is finer than that is put together. */
const MAX_MOMENTS = 20;
const NUMBER_WIDTH = 10;

/** Gives the lines; sections without anything to show are left out. */
export function reportLines(facts: ReportFacts, times: Times, width: number): string[] {
  const { report, about, name, status, since, readAt } = facts;
  const named = name === undefined ? '' : ` “${cleanLine(name, Math.max(width - 40, 20))}”`;
  const state = status === undefined ? '' : `, ${cleanLine(status, 20)}`;
  return [
    `${about}${named}${state}`,
    `${times.moment(readAt)}${since === undefined ? '' : `, decided since ${times.moment(since)}`}`,
    '',
    ...wrap(summarySentences(report).join(' '), width),
    ...section('Verdicts', verdictLines(report, width)),
    ...section('Reasons', reasonLines(report)),
    ...section('Put off', waitingLines(report)),
    ...section('Providers', providerLines(report)),
    ...section('Over time', paceLines(report, times, width)),
    ...section('Probes', savingsLines(report, width)),
    ...section('Slowest domains', domainLines(report, width)),
    ...remarks(facts, width),
  ];
}

function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', heading, ...lines.map((line) => `  ${line}`)];
}

function number(text: string): string {
  return text.padStart(NUMBER_WIDTH);
}

function bar(part: number, most: number, width: number): string {
  if (part === 0 || most === 0) return '';
  return '█'.repeat(Math.max(1, Math.round((part / most) * Math.max(width, 4))));
}

function verdictLines({ counts, decided }: Report, width: number): string[] {
  if (decided === 0) return [];
  return VERDICTS.map((verdict) =>
    `${verdict.padEnd(10)}${number(grouped(counts[verdict]))}${number(share(counts[verdict], decided))}  ${bar(counts[verdict], decided, width - 34)}`.trimEnd(),
  );
}

function reasonLines({ reasons, decided }: Report): string[] {
  const rest = reasons.slice(MAX_REASONS).reduce((sum, { rows }) => sum + rows, 0);
  return [
    ...reasons
      .slice(0, MAX_REASONS)
      .map(
        ({ verdict, reason, rows }) =>
          `${verdict.padEnd(10)}${number(grouped(rows))}${number(share(rows, decided))}  ${cleanLine(reason, 40)}`,
      ),
    ...(rest > 0 ? [`${''.padEnd(10)}${number(grouped(rest))}${number(share(rest, decided))}  others`] : []),
  ];
}

function waitingLines({ waiting }: Report): string[] {
  return waiting
    .slice(0, MAX_REASONS)
    .map(({ reason, rows }) => `${''.padEnd(10)}${number(grouped(rows))}  ${cleanLine(reason, 40)}`);
}

function providerLines({ providers }: Report): string[] {
  if (providers.length === 0) return [];
  const title = `${''.padEnd(16)}${['rows', 'valid', 'catch-all', 'invalid', 'unknown'].map(number).join('')}`;
  return [
    title,
    ...providers
      .slice(0, MAX_PROVIDERS)
      .map(
        ({ name, rows, counts }) =>
          `${cleanLine(name, 16).padEnd(16)}${number(grouped(rows))}${(
            ['valid', 'catch-all', 'invalid', 'unknown'] as const
          )
            .map((verdict) => number(share(counts[verdict], rows)))
            .join('')}`,
      ),
  ];
}

function paceLines({ pace }: Report, times: Times, width: number): string[] {
  const totals = pace.bins.map(({ startsAt, counts }) => ({
    startsAt,
    rows: VERDICTS.reduce((sum, verdict) => sum + counts[verdict], 0),
  }));
  if (totals.length < 2) return [];
  const perLine = Math.ceil(totals.length / MAX_MOMENTS);
  const lines = Array.from({ length: Math.ceil(totals.length / perLine) }, (_, index) => {
    const some = totals.slice(index * perLine, (index + 1) * perLine);
    return { startsAt: some[0]!.startsAt, rows: some.reduce((sum, { rows }) => sum + rows, 0) };
  });
  const most = Math.max(...lines.map(({ rows }) => rows));
  const marks = lines.map(({ startsAt }) => times.mark(startsAt, pace.widthSeconds));
  const markWidth = Math.max(...marks.map(({ length }) => length));
  return [
    `a line is ${lengthOf(pace.widthSeconds * perLine)}`,
    ...lines.map(({ rows }, index) =>
      `${marks[index]!.padStart(markWidth)}${number(grouped(rows))}  ${bar(rows, most, width - markWidth - 16)}`.trimEnd(),
    ),
  ];
}

function savingsLines(report: Report, width: number): string[] {
  const asked = askedSentence(report);
  const { heading, parts } = savedParts(report);
  return [
    ...(asked === undefined ? [] : wrap(asked, width - 2)),
    ...(parts.length === 0 ? [] : [heading, ...parts.map((part) => `  ${part}`)]),
  ];
}

function domainLines({ slowest }: Report, width: number): string[] {
  if (slowest.items.length === 0) return [];
  const nameWidth = Math.min(Math.max(width - 44, 20), 60);
  return [
    `${''.padEnd(nameWidth)}${['rows', 'each', 'attempts', 'unknown'].map(number).join('')}`,
    ...slowest.items.map(
      ({ name, rows, attempts, unknown, totalMs }) =>
        `${cleanLine(name, nameWidth).padEnd(nameWidth)}${number(grouped(rows))}${number(timeEach({ totalMs, rows }))}${number((attempts / rows).toFixed(1))}${number(grouped(unknown))}`,
    ),
    ...(slowest.isCertain ? [] : ['as far as so many domains can be compared']),
  ];
}

function remarks({ report: { withoutEvidence }, leftOut }: ReportFacts, width: number): string[] {
  const sentences = [
    leftOutSentence(leftOut),
    withoutEvidence === 0
      ? undefined
      : `Of ${counted(withoutEvidence, 'verdict')} nothing but the verdict is known: made by another program, or before this one kept more.`,
  ];
  return sentences.flatMap((sentence) => (sentence === undefined ? [] : ['', ...wrap(sentence, width)]));
}
