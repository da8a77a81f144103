// A row's transcript: what was said about it in the sessions in which it was asked about, within bounds.

import type { SessionLog } from './session-log.ts';
import type { Recipient } from './transaction.ts';

export const MAX_TRANSCRIPT_LINES = 40;
/** As UTF-8, with a line end each. */
export const MAX_TRANSCRIPT_BYTES = 4096;

/** Sessions of which a row remembers what was said: the latest. */
const MAX_SESSIONS = 6;
/** What the beginning may take when the middle is left out: the end tells more. */
const HEAD_LINES = 10;
const HEAD_BYTES = 1024;
const LEFT_OUT_BYTES = 32; // of the line that says so
const NOTHING: readonly string[] = [];

/** The sessions in which a row was asked about, or that decided its fate before. */
export class Transcript {
  readonly #before: readonly string[];
  #logs: readonly SessionLog[] = [];
  /** How far the sessions concern the row that was answered in them; the others do to their end. */
  readonly #until = new Map<SessionLog, number>();

  /** `before`: what was said in another job. */
  constructor(before: readonly string[] = NOTHING) {
    this.#before = before;
  }

  join(log: SessionLog): void {
    if (this.#logs.at(-1) === log || this.#logs.includes(log)) return;
    this.#logs = [...this.#logs, log].toSorted((a, b) => a.openedAt - b.openedAt).slice(-MAX_SESSIONS);
  }

  /** What the session has said up to the answers that concern the row has to do with it, and what it will say has not. */
  endsHere(log: SessionLog, recipient: Recipient): void {
    this.#until.set(log, log.lengthAbout(recipient));
  }

  /** What the session said was in doubt: how it went on concerns the row. */
  goesOn(log: SessionLog): void {
    this.#until.delete(log);
  }

  /** Gives what makes the transcript as it stands now, later: most are never looked at. */
  soFar(recipient: Recipient): () => readonly string[] {
    const logs = this.#logs;
    const until = logs.map((log) => this.#until.get(log) ?? log.length);
    const linesOf = (): string[] => logs.flatMap((log, place) => log.linesAbout(recipient, until[place]!));
    return () => bounded(this.#before.length === 0 ? linesOf() : [...this.#before, ...linesOf()]);
  }
}

function bounded(lines: readonly string[]): readonly string[] {
  if (lines.length <= MAX_TRANSCRIPT_LINES && bytesOf(lines) <= MAX_TRANSCRIPT_BYTES) return lines;
  const head = lines.slice(0, fitting(lines, HEAD_LINES, HEAD_BYTES));
  const rest = lines.slice(head.length).toReversed();
  const room = MAX_TRANSCRIPT_BYTES - bytesOf(head) - LEFT_OUT_BYTES;
  const tail = rest.slice(0, fitting(rest, MAX_TRANSCRIPT_LINES - head.length - 1, room)).toReversed();
  return [...head, `(${lines.length - head.length - tail.length} lines left out)`, ...tail];
}

/** How many of the first lines fit into both bounds. */
function fitting(lines: readonly string[], maxLines: number, maxBytes: number): number {
  let bytes = 0;
  const tooMany = lines.findIndex(
    (line, place) => place >= maxLines || (bytes += Buffer.byteLength(line) + 1) > maxBytes,
  );
  return tooMany < 0 ? lines.length : tooMany;
}

function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
}
