// The command `logs`: the last lines of today's log files, and with `isFollowed` whatever is written to them, also to files
// that come later: a new worker's, tomorrow's. Reads files and nothing else, but for the hash of an address the database.

import { cleanLine } from '../domain/clean-text.ts';
import { findLogs, type FoundLog } from '../files/find-logs.ts';
import { LogTail } from '../files/log-tail.ts';
import { systemClock } from '../platform/clock.ts';
import { type Config, loadConfig } from '../platform/config.ts';
import { EXIT, OperationalError } from '../platform/operational-error.ts';
import { openRedactor } from '../platform/redaction.ts';
import { listenForShutdown } from '../platform/shutdown.ts';
import { openPreparedStore } from './open-configured-store.ts';
import { jsonText, printLine, say } from './output.ts';

export interface LogsOptions {
  readonly userId: number | undefined;
  readonly workerId: number | undefined;
  /** Only lines about this address. */
  readonly address: string | undefined;
  /** How many are printed of what is there; of lines about an address all, unless it is said. */
  readonly lines: number | undefined;
  readonly isFollowed: boolean;
  readonly isJson: boolean;
}

const DEFAULT_LINES = 20;
const LOOK_EVERY_MS = 250;
/** There may be thousands of logs, of which some are written to: the others and new ones are looked at once in so many times. */
const ALL_EVERY_LOOKS = 8;

/** A line to be printed, and by what it is put in order. */
interface Line {
  readonly stamp: string;
  readonly text: string;
}

interface Source {
  readonly tail: LogTail;
  readonly workerId: number | undefined;
  /** Of its latest line: lines without one belong to it. */
  stamp: string;
  /** It had something to tell since all were looked at. */
  isBusy: boolean;
}

/** Prints lines; exits 0, also when a follower is interrupted. */
export async function logsCommand(options: LogsOptions): Promise<number> {
  if (options.workerId !== undefined && (options.userId === undefined || options.isJson)) {
    throw new OperationalError(
      'USAGE',
      'logs: --worker goes with --user and without --json; expected --user N --worker N',
    );
  }
  const config = loadConfig({ cwd: process.cwd() });
  const wanted = await wordsOf(options.address, config);
  const reader = new Reader(config.logDir, options, wanted);
  using shutdown = listenForShutdown();

  const count = options.lines ?? (wanted === undefined ? DEFAULT_LINES : Infinity);
  const first = reader.begin(count);
  for (const { text } of first) await printLine(text);
  if (first.length === 0 && !options.isFollowed) say(`logs: there is nothing of today in ${config.logDir}`);
  while (options.isFollowed && !shutdown.graceful.aborted && !process.stdout.destroyed) {
    await rest(LOOK_EVERY_MS, shutdown.graceful);
    for (const { text } of reader.more()) await printLine(text);
  }
  return EXIT.done;
}

/** What a line about an address holds: the address, or what LOG_REDACT makes of it. */
async function wordsOf(address: string | undefined, config: Config): Promise<string | undefined> {
  if (address === undefined || config.logRedact === 'none') return address?.toLowerCase();
  const redactor = openRedactor({
    policy: config.logRedact,
    key: config.logRedact === 'hash' ? await controlKey(config) : '',
  });
  const words = redactor.address(address.trim());
  say(`logs: with LOG_REDACT=${config.logRedact} this address is ${cleanLine(words, 320)} in the logs`);
  return words.toLowerCase();
}

async function controlKey(config: Config): Promise<string> {
  await using store = await openPreparedStore(config);
  return await store.controlKey(); // before the store is closed
}

class Reader {
  readonly #logDir: string;
  readonly #options: LogsOptions;
  readonly #wanted: string | undefined;
  readonly #since = systemClock.now();
  readonly #sources = new Map<string, Source>();
  #looks = 0;

  constructor(logDir: string, options: LogsOptions, wanted: string | undefined) {
    this.#logDir = logDir;
    this.#options = options;
    this.#wanted = wanted;
  }

  /** The last lines of the files that are there, in order of time. */
  begin(count: number): readonly Line[] {
    // Of what is sifted nobody knows where the last lines begin.
    const isSifted =
      this.#wanted !== undefined || (this.#options.isJson && this.#options.userId !== undefined);
    for (const found of this.#find()) {
      const source = this.#open(found);
      if (!isSifted) source.tail.skipTo(count);
    }
    const lines = this.more();
    return Number.isFinite(count) ? lines.slice(Math.max(lines.length - count, 0)) : lines;
  }

  /** What was written since. */
  more(): readonly Line[] {
    const isForAll = this.#looks++ % ALL_EVERY_LOOKS === 0;
    if (isForAll) for (const found of this.#find()) if (!this.#sources.has(found.path)) this.#open(found);
    const lines: Line[] = [];
    for (const source of this.#sources.values()) {
      if (!source.isBusy && !isForAll) continue;
      if (isForAll) source.isBusy = false;
      for (const raw of source.tail.readLines()) {
        source.isBusy = true;
        const line = this.#lineOf(source, raw);
        if (line !== undefined) lines.push(line);
      }
    }
    return lines.toSorted((a, b) => (a.stamp < b.stamp ? -1 : a.stamp > b.stamp ? 1 : 0));
  }

  #find(): readonly FoundLog[] {
    return findLogs(this.#logDir, { ...this.#options, since: this.#since });
  }

  #open({ path, workerId }: FoundLog): Source {
    const source = { tail: new LogTail(path), workerId, stamp: '', isBusy: true };
    this.#sources.set(path, source);
    return source;
  }

  #lineOf(source: Source, raw: string): Line | undefined {
    if (raw === '' || (this.#wanted !== undefined && !raw.toLowerCase().includes(this.#wanted)))
      return undefined;
    if (this.#options.isJson) return this.#eventOf(raw);
    const [, stamp = '', indent = '', text = raw] = /^\[([\d :-]{19})\] ( *)(.*)$/s.exec(raw) ?? [];
    if (stamp !== '') source.stamp = stamp;
    const isAmongOthers = source.workerId !== undefined && this.#options.workerId === undefined;
    const name = isAmongOthers ? `w${source.workerId} ` : '';
    const shown = `${stamp === '' ? '' : `[${stamp}] `}${name}${indent}${cleanLine(text)}`;
    return { stamp: source.stamp, text: shown };
  }

  #eventOf(raw: string): Line | undefined {
    const { userId } = this.#options;
    try {
      const event = JSON.parse(raw) as { readonly time?: unknown; readonly user_id?: unknown };
      if (userId !== undefined && event.user_id !== userId) return undefined;
      return { stamp: String(event.time), text: jsonText(event) };
    } catch {
      return undefined; // torn by a full disk
    }
  }
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
