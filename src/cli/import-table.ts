// Opens a table of any kind: finds out from its beginning how it is written, what kind it is, and which column holds the
// addresses; then gives what stands in that column, entry after entry.

import { pickColumn } from '../domain/pick-column.ts';
import { type TableFormat, formatOf } from '../domain/table-format.ts';
import { csvEntries } from '../files/csv-entries.ts';
import { KEPT_TEXT, type TableEntry } from '../files/table-entry.ts';
import { type EncodingFound, utf8Chunks } from '../files/utf8-chunks.ts';
import { OperationalError } from '../platform/operational-error.ts';

/** So much of a file is looked at before anything of it is taken. */
const BEGINNING_BYTES = 64 * 1024;
const BEGINNING_ENTRIES = 500;

export interface TableWishes {
  readonly format: TableFormat['type'] | undefined;
  readonly delimiter: string | undefined;
  /** A name in the header, or a number from 1. */
  readonly column: string | undefined;
}

/** An entry, as far as it matters: what stands in the column of the addresses, or why it could not be read. */
export type Candidate =
  | { readonly line: number; readonly cell: string }
  | { readonly line: number; readonly problem: string; readonly text: string };

export interface Table {
  readonly format: TableFormat;
  readonly columns: readonly string[];
  /** Of these columns, that of the addresses. */
  readonly column: number;
  readonly hasHeader: boolean;
  /** Changes while it is read. */
  readonly encoding: EncodingFound;
  readonly candidates: AsyncGenerator<readonly Candidate[]>;
}

/** Opens a table; USAGE where it has no addresses that could be found. `name` is for the message. */
export async function openTable(
  input: AsyncIterable<Buffer>,
  name: string,
  wishes: TableWishes,
): Promise<Table> {
  const encoding: EncodingFound = { encoding: 'UTF-8', windowsLines: 0 };
  const chunks = utf8Chunks(input, encoding);
  const beginning = await takeUntil(chunks, (taken) => sizeOf(taken) >= BEGINNING_BYTES);
  const format = settle(wishes, formatOf(Buffer.concat(beginning).toString()));
  const entries = csvEntries(
    inOrder(beginning, chunks),
    format.type === 'csv' ? format.delimiter : undefined,
  );
  const first = await takeUntil(entries, (taken) => taken.flat().length >= BEGINNING_ENTRIES);
  const keys = format.type === 'ndjson' ? keysOf(first.flat()) : undefined;
  const read = (entry: TableEntry): TableEntry =>
    keys === undefined || 'problem' in entry ? entry : fromJson(entry.line, entry.cells[0] ?? '', keys);

  const rows = first
    .flat()
    .map((entry) => read(entry))
    .flatMap((entry) => ('problem' in entry ? [] : [entry.cells]));
  const picked = pickColumn(keys === undefined ? rows : [keys, ...rows], wishes.column);
  if ('problem' in picked) throw new OperationalError('USAGE', `import: ${name}: ${picked.problem}`);
  const { index: column, names: columns } = picked;
  const hasHeader = keys === undefined && picked.hasHeader;
  return {
    format,
    columns,
    column,
    hasHeader,
    encoding,
    candidates: candidatesOf(inOrder(first, entries), read, { format, column, hasHeader }),
  };
}

async function* candidatesOf(
  pieces: AsyncIterable<readonly TableEntry[]>,
  read: (entry: TableEntry) => TableEntry,
  { format, column, hasHeader }: Pick<Table, 'format' | 'column' | 'hasHeader'>,
): AsyncGenerator<readonly Candidate[]> {
  let isHeader = hasHeader;
  for await (const piece of pieces) {
    const candidates: Candidate[] = [];
    for (const entry of piece) {
      const found = read(entry);
      if ('problem' in found) {
        candidates.push(found);
        continue;
      }
      const { line, cells } = found;
      // A row of blanks is what spreadsheets leave behind the last one; a JSON object was meant by somebody.
      const isMeant = format.type === 'ndjson' || cells.some((cell) => cell.trim() !== '');
      if (!isHeader && isMeant) candidates.push({ line, cell: cells[column] ?? '' });
      isHeader = false;
    }
    yield candidates;
  }
}

function settle({ format, delimiter }: TableWishes, looksLike: TableFormat): TableFormat {
  if (format === 'ndjson' || format === 'lines') return { type: format };
  if (delimiter !== undefined) return { type: 'csv', delimiter };
  return format === undefined || looksLike.type === 'csv' ? looksLike : { type: 'csv', delimiter: ',' };
}

/** The keys of the objects that stand at the beginning, in the order in which they come. */
function keysOf(entries: readonly TableEntry[]): readonly string[] {
  const keys = new Set<string>();
  for (const entry of entries) {
    const object = 'problem' in entry ? undefined : objectIn(entry.cells[0] ?? '');
    for (const key of Object.keys(object ?? {})) keys.add(key);
  }
  return [...keys];
}

function fromJson(line: number, text: string, keys: readonly string[]): TableEntry {
  const object = objectIn(text);
  if (object === undefined) return { line, problem: 'no JSON object', text: text.slice(0, KEPT_TEXT) };
  return {
    line,
    cells: keys.map((key) => {
      const value = Object.hasOwn(object, key) ? object[key] : undefined;
      return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
    }),
  };
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** What a generator gives until it is enough; the rest stays in it. */
async function takeUntil<T>(
  from: AsyncGenerator<T>,
  isEnough: (taken: readonly T[]) => boolean,
): Promise<readonly T[]> {
  const taken: T[] = [];
  while (!isEnough(taken)) {
    const next = await from.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return taken;
}

async function* inOrder<T>(first: readonly T[], rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield* first;
  yield* rest;
}

function sizeOf(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}
