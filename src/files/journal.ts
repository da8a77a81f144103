// A worker's journal: what it found out, on disk before it tells anybody. One JSON value a line: a header, then results,
// each as soon as it was heard, and withdrawals of those that turned out not to be believed. The last line about a row
// counts. It outlives the worker, its parent and the database: the next cycle replays what was left.
// It is written without fsync: it survives the death of any process; after a power cut the rows whose last
// lines were lost are probed again. Node built-ins only.

import { readFileSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { createReadStream } from 'node:fs';

import type { Result, ResultEvidence, TakenFrom } from '../domain/result.ts';
import { NO_OUTCOMES } from '../domain/verdict.ts';
import { AppendFile } from './append-file.ts';
import { UNREAD } from './batch-paths.ts';
import { cannotRead, cannotWrite, errnoOf } from './file-errors.ts';

export const JOURNAL_SCHEMA = 1;

/** Whose journal it is; the same members open the batch file. */
export interface JournalHeader {
  readonly schema: typeof JOURNAL_SCHEMA;
  readonly cycle: string;
  readonly server: string;
  readonly user_id: number;
  readonly worker_id: number;
  readonly pid: number;
  /** ISO 8601. */
  readonly started_at: string;
}

/** One line of a journal. `garbage` is a torn line, or one that is none of ours; `foreign` the header of another version. */
export type JournalEntry =
  | { readonly type: 'header'; readonly header: JournalHeader }
  | { readonly type: 'result'; readonly result: Result }
  /** The results of this row that came before count no more. */
  | { readonly type: 'withdrawal'; readonly id: number }
  | { readonly type: 'foreign'; readonly schema: number }
  | { readonly type: 'garbage' };

// Ten times the longest line we write; what is longer was not written by us and is not held in memory.
const MAX_LINE_CHARS = 65_536;

/** The journal as its worker has it. */
export class Journal {
  readonly #file: AppendFile;
  /** There was one of that name. */
  readonly isContinued: boolean;

  /** Opens the journal and writes its header; a journal of that name is continued. Throws FILE_NOT_CREATED or FILE_NOT_WRITTEN. */
  constructor(path: string, header: Omit<JournalHeader, 'schema'>) {
    this.#file = new AppendFile(path);
    this.isContinued = this.#file.size > 0;
    // It may end in a torn line; an empty line does no harm.
    const start = this.isContinued ? '\n' : '';
    this.#file.append(`${start}${JSON.stringify({ schema: JOURNAL_SCHEMA, ...header })}\n`);
  }

  /** Appends results with one write; when this returns they may be reported. Throws FILE_NOT_WRITTEN. */
  append(results: readonly Result[]): void {
    if (results.length > 0)
      this.#file.append(results.map((result) => `${JSON.stringify(result)}\n`).join(''));
  }

  /** Takes back the results of these rows, with one write. Throws FILE_NOT_WRITTEN. */
  withdraw(ids: readonly number[]): void {
    if (ids.length > 0)
      this.#file.append(ids.map((withdrawn) => `${JSON.stringify({ withdrawn })}\n`).join(''));
  }

  /** Throws FILE_NOT_READ where somebody took the file away: then a crash would have left nothing. */
  confirm(): void {
    try {
      statSync(this.#file.path);
    } catch (error) {
      throw cannotRead(this.#file.path, error);
    }
  }

  close(): void {
    this.#file.close();
  }
}

/** Streams a journal's entries; memory does not depend on its length. Rejects with FILE_NOT_READ. */
export async function* readJournal(path: string): AsyncGenerator<JournalEntry, void, undefined> {
  let rest = '';
  let isTooLong = false;
  for await (const chunk of chunksOf(path)) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (isTooLong) yield { type: 'garbage' };
      else if (line !== '') yield parseJournalLine(line);
      isTooLong = false;
    }
    if (rest.length > MAX_LINE_CHARS) {
      isTooLong = true;
      rest = '';
    }
  }
  if (isTooLong) yield { type: 'garbage' };
  else if (rest !== '') yield parseJournalLine(rest);
}

async function* chunksOf(path: string): AsyncGenerator<string, void, undefined> {
  try {
    yield* createReadStream(path, {
      encoding: 'utf8',
      highWaterMark: MAX_LINE_CHARS,
    }) as AsyncIterable<string>;
  } catch (error) {
    throw cannotRead(path, error);
  }
}

/** What a journal holds in all. */
export interface LoadedJournal {
  readonly header: JournalHeader | undefined;
  /** One result a row that has any: where there are several, the last. */
  readonly results: readonly Result[];
  /** Lines that could not be read. */
  readonly garbage: number;
}

/** Reads a whole journal at once, for what holds one worker's rows. Gives an empty one where there is no file; throws FILE_NOT_READ when it cannot be read. */
export function loadJournal(path: string): LoadedJournal {
  const entries = readWhole(path)
    .split('\n')
    .filter((line) => line !== '')
    .map(parseJournalLine);
  const results = new Map<number, Result>();
  let header: JournalHeader | undefined;
  for (const entry of entries) {
    if (entry.type === 'header') header ??= entry.header;
    if (entry.type === 'result') results.set(entry.result.id, entry.result);
    if (entry.type === 'withdrawal') results.delete(entry.id);
  }
  return {
    header,
    results: [...results.values()],
    garbage: entries.filter(({ type }) => type === 'garbage').length,
  };
}

/** Removes a journal: its results are in the database. One that is gone already is as good. */
export function forgetJournal(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw cannotWrite(path, error);
  }
}

/** Sets a journal aside that could not be read to its end: it is replayed no more, and kept as long as batch files are. */
export function setJournalAside(path: string): string {
  const aside = `${path}${UNREAD}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    throw cannotWrite(path, error);
  }
  return aside;
}

/** Reads one line. A last line without its end counts if it is whole. */
export function parseJournalLine(line: string): JournalEntry {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { type: 'garbage' };
  }
  if (hasShape<JournalHeader>(value, HEADER)) return { type: 'header', header: value };
  if (isForeignHeader(value)) return { type: 'foreign', schema: value.schema };
  if (hasShape<Withdrawal>(value, WITHDRAWAL)) return { type: 'withdrawal', id: value.withdrawn };
  return hasShape<Result>(value, RESULT) ? { type: 'result', result: asResult(value) } : { type: 'garbage' };
}

type Test = (value: unknown) => boolean;

const isText: Test = (value) => typeof value === 'string';
const isWord: Test = (value) => typeof value === 'string' && /^[a-z0-9-]{1,64}$/.test(value);
const isCount: Test = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isInteger: Test = (value) => Number.isSafeInteger(value);
const isAmount: Test = (value) => Number.isFinite(value) && (value as number) >= 0;
const optional =
  (test: Test): Test =>
  (value) =>
    value === undefined || test(value);

const HEADER: Readonly<Record<keyof JournalHeader, Test>> = {
  schema: (value) => value === JOURNAL_SCHEMA,
  cycle: isText,
  server: isText,
  user_id: isCount,
  worker_id: isCount,
  pid: isCount,
  started_at: isText,
};

interface Withdrawal {
  readonly withdrawn: number;
}

const WITHDRAWAL: Readonly<Record<keyof Withdrawal, Test>> = { withdrawn: isInteger };

function isTakenFrom(value: unknown): value is TakenFrom {
  return hasShape<TakenFrom>(value, {
    rowId: isInteger,
    listId: optional(isInteger),
    at: optional(isInteger),
  });
}

// Of rows that nobody was asked about there is none, nor in journals of versions that kept none.
const EVIDENCE: Readonly<Record<keyof ResultEvidence, Test>> = {
  stage: optional(isWord),
  failure: optional(isWord),
  rule: optional(isText),
  text: optional(isText),
  controlCode: optional(isCount),
  controlText: optional(isText),
  knownCatchAll: optional(isWord),
  refusedWithAll: optional((value) => value === true),
  quotedSender: optional(isText),
  transcript: optional(isText),
  takenFrom: optional(isTakenFrom),
};

const RESULT: Readonly<Record<keyof Result, Test>> = {
  id: isInteger,
  listId: optional(isInteger),
  email: isText,
  status: (value) => typeof value === 'string' && Object.hasOwn(NO_OUTCOMES, value),
  reason: isWord,
  code: optional(isCount),
  enhanced: optional(isText),
  response: isText,
  mx: optional(isText),
  ip: optional(isText),
  answered: (value) => typeof value === 'boolean',
  attempt: isCount,
  throttles: isCount,
  ms: isAmount,
  retryInSeconds: optional(isAmount),
  token: isText,
  ...EVIDENCE,
};

function isForeignHeader(value: unknown): value is { readonly schema: number } {
  if (typeof value !== 'object' || value === null || !('schema' in value)) return false;
  return Number.isSafeInteger(value.schema) && value.schema !== JOURNAL_SCHEMA;
}

// A journal is read line by line with these: a table taken apart for each line costs more than the tests in it.
function hasShape<T>(value: unknown, tests: Readonly<Record<keyof T, Test>>): value is T {
  if (typeof value !== 'object' || value === null) return false;
  const members = value as Record<string, unknown>;
  for (const name in tests) if (!tests[name](members[name])) return false;
  return true;
}

// JSON leaves out what is undefined; a result always has all its members, apart from the evidence's.
function asResult(value: Result): Result {
  const members = value as unknown as Record<string, unknown>;
  const result: Record<string, unknown> = {};
  for (const name in RESULT) if (!(name in EVIDENCE) || name in members) result[name] = members[name];
  return result as unknown as Result;
}

function readWhole(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return '';
    throw cannotRead(path, error);
  }
}
