// The command `compare`: what shadow runs came to against what the CRM's own verifier wrote. Streams: a page of rows at a
// time, whatever the size of the table. What differs, and what that means, is domain/comparison.ts.

import { counted, grouped } from '../domain/amounts.ts';
import { cleanLine } from '../domain/clean-text.ts';
import {
  Comparison,
  HARMS,
  VERDICTS,
  type Difference,
  type Harm,
  type Sample,
} from '../domain/comparison.ts';
import { loadConfig } from '../platform/config.ts';
import { EXIT } from '../platform/operational-error.ts';
import type { EvidenceFilter } from '../store/evidence-pages.ts';
import type { Store } from '../store/store.ts';
import { widthOf, wrap } from './columns.ts';
import { openPreparedStore } from './open-configured-store.ts';
import { jsonText, printLine } from './output.ts';

export interface CompareOptions extends EvidenceFilter {
  readonly isJson: boolean;
}

/** What was read. */
interface Read {
  readonly comparison: Comparison;
  /** Rows that this program decided for real: the CRM shows our word. */
  readonly real: number;
}

const DIFFERENCES_SHOWN = 12;
const SAMPLES_SHOWN = 2;

/** Prints how far both agree, a table of verdicts, and the gravest differences with rows to look at. */
export async function compareCommand({ isJson, ...filter }: CompareOptions): Promise<number> {
  await using store = await openPreparedStore(loadConfig({ cwd: process.cwd() }));
  const read = await readAll(store, filter);
  if (isJson) await printLine(jsonText(comparisonDocument(read)));
  else for (const line of comparisonText(read, widthOf(process.stdout))) await printLine(line);
  return EXIT.done;
}

async function readAll(store: Store, filter: EvidenceFilter): Promise<Read> {
  const comparison = new Comparison();
  let real = 0;
  let after: number | undefined;
  do {
    const page = await store.readShadowed(filter, after);
    for (const row of page.rows) comparison.add(row);
    real += page.real;
    after = page.nextAfter;
  } while (after !== undefined);
  return { comparison, real };
}

/** Gives the lines for a terminal of that width. */
function comparisonText({ comparison, real }: Read, width: number): string[] {
  const { compared, agreed, differences } = comparison;
  const notes = [
    ...note(comparison.pending, 'decided by us alone so far: pending in the CRM'),
    ...note(comparison.waiting, 'put off by us, to be asked about again'),
    ...note(comparison.contradictory, 'with a domain_status that does not go with the word beside it'),
    ...[...comparison.otherWords].flatMap(([word, rows]) =>
      note(rows, `called "${cleanLine(word, 50)}" by the CRM, counted as unknown`),
    ),
    ...note(real, 'decided by this program for real, and not compared'),
  ];
  if (compared === 0) {
    const hint =
      'Nothing to compare yet: no email that the CRM has decided was decided in a shadow run as well.';
    return [...wrap(hint, width), ...notes];
  }
  const shown = differences.slice(0, DIFFERENCES_SHOWN);
  return [
    `${counted(compared, 'email')} decided by both: ${grouped(agreed)} alike (${percent(agreed, compared)}), ${grouped(compared - agreed)} not`,
    ...notes,
    '',
    ...matrixText(comparison),
    ...(shown.length === 0 ? [] : ['', ...harmsText(comparison), '', ...differencesText(shown, width)]),
    ...(differences.length > shown.length
      ? [
          `  … and ${counted(differences.length - shown.length, 'more kind')} of differences: --json has them all`,
        ]
      : []),
    ...(shown.length === 0 ? [] : ['', ...nextStep(shown)]),
  ];
}

function note(rows: number, text: string): string[] {
  return rows === 0 ? [] : [`${grouped(rows).padStart(9)}  ${text}`];
}

function matrixText(comparison: Comparison): string[] {
  const cells = VERDICTS.map((ours) => VERDICTS.map((theirs) => comparison.count(ours, theirs)));
  const widths = VERDICTS.map((theirs, column) =>
    Math.max(theirs.length, ...cells.map((row) => grouped(row[column]!).length)),
  );
  const line = (head: string, values: readonly string[]) =>
    `  ${head.padEnd(12)}${values.map((value, column) => value.padStart((widths[column] ?? 0) + 2)).join('')}`;
  const shown = (rows: number) => (rows === 0 ? '-' : grouped(rows));
  return [
    'Verdicts: rows are ours, columns are the CRM’s',
    line('', VERDICTS),
    ...VERDICTS.map((ours, row) => line(ours, cells[row]!.map(shown))),
  ];
}

function harmsText({ harms }: Comparison): string[] {
  const found = (Object.keys(HARMS) as Harm[]).filter((harm) => harms[harm] > 0);
  return [
    'What the differences mean',
    ...found.map((harm) => `${grouped(harms[harm]).padStart(9)}  ${HARMS[harm]}`),
  ];
}

function differencesText(differences: readonly Difference[], width: number): string[] {
  return [
    'The gravest of them, by our reason',
    ...differences.flatMap(({ theirs, ours, reason, rows, samples }) => [
      `${grouped(rows).padStart(9)}  CRM ${theirs}, we ${ours} (${cleanLine(reason, 64)})`,
      ...samples.slice(0, SAMPLES_SHOWN).map((sample) => sampleText(sample, width)),
    ]),
  ];
}

// What the CRM was told goes on the same line, cut, where there is room for some of it.
function sampleText({ id, email, response }: Sample, width: number): string {
  const room = width - 11;
  const head = cleanLine(`id:${id} ${email}`, room);
  const said = response === undefined || response === '' ? '' : `CRM: ${response}`;
  const left = room - head.length - 2;
  return `           ${head}${said === '' || left < 20 ? '' : `  ${cleanLine(said, left)}`}`;
}

function nextStep(differences: readonly Difference[]): string[] {
  const id = differences[0]?.samples[0]?.id;
  return id === undefined ? [] : [`Next: smtp-validate-cron explain id:${id}`];
}

function percent(part: number, whole: number): string {
  return `${(Math.floor((part / whole) * 1000) / 10).toFixed(1)} %`;
}

function comparisonDocument({ comparison, real }: Read): object {
  const { compared, agreed, pending, waiting, contradictory, otherWords, harms, differences } = comparison;
  return {
    compared,
    agreed,
    agreement: compared === 0 ? null : agreed / compared,
    matrix: Object.fromEntries(
      VERDICTS.map((ours) => [
        ours,
        Object.fromEntries(VERDICTS.map((theirs) => [theirs, comparison.count(ours, theirs)])),
      ]),
    ),
    pending,
    waiting,
    contradictory,
    other_words: Object.fromEntries(otherWords),
    real,
    harms,
    differences: differences.map(({ theirs, ours, samples, ...difference }) => ({
      crm: theirs,
      ours,
      ...difference,
      samples: samples.map(({ id, email, response }) => ({ id, email, crm_response: response ?? null })),
    })),
  };
}
