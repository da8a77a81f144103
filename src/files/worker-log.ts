// One worker's log: a header, and a line for every address. Lines are gathered for a moment and written
// together, so that `tail -f` stays live and a write per address is saved; what a killed worker had not
// written yet stands in its journal. Node built-ins only.

import { cleanLine } from '../domain/clean-text.ts';
import { NOTHING_REDACTED, type Redactor } from '../domain/redact.ts';
import type { Result } from '../domain/result.ts';
import { tallyOutcomes, totalOutcomes } from '../domain/outcome-counts.ts';
import { MARK, type OutcomeCounts } from '../domain/verdict.ts';
import { localStamp, systemClock, type Clock } from '../platform/clock.ts';
import { AppendFile } from './append-file.ts';

const FLUSH_AFTER_MS = 250;
const FLUSH_AT_CHARS = 8_192;
const MAX_EMAIL = 320; // RFC 5321 §4.5.3.1: 64 + 1 + 255
const MAX_RESPONSE = 500; // what validation_response holds
const MAX_HOST = 255;

export interface WorkerLogHeader {
  readonly workerId: number;
  readonly userId: number;
  readonly pid: number;
}

export class WorkerLog {
  readonly #file: AppendFile;
  readonly #clock: Clock;
  readonly #name: string;
  readonly #redactor: Redactor;
  #waiting = '';
  #timer: NodeJS.Timeout | undefined;
  #failure: unknown;

  /** Opens the log and writes the header block; throws FILE_NOT_CREATED or FILE_NOT_WRITTEN. */
  constructor(
    path: string,
    header: WorkerLogHeader,
    clock: Clock = systemClock,
    redactor: Redactor = NOTHING_REDACTED,
  ) {
    this.#redactor = redactor;
    this.#file = new AppendFile(path);
    this.#clock = clock;
    this.#name = `[User ${header.userId} | Worker ${header.workerId}]`;
    this.#file.append(headerBlock(header, clock.now()));
  }

  /** Writes `[User 5 | Worker 1] text`. As all of these: throws what an earlier write in the background failed by. */
  tell(text: string): void {
    this.#add(`${this.#name} ${cleanLine(text)}`);
  }

  /** Writes the line of one address. */
  result(result: Result): void {
    this.#add(workerLine(result, this.#redactor));
  }

  /** Writes `Processed 54 emails: Valid=42, Invalid=12`. */
  summary(counts: OutcomeCounts): void {
    this.tell(summaryText(counts));
  }

  /** Writes out what waits and closes the file. */
  close(): void {
    try {
      this.flush();
    } finally {
      this.#file.close();
    }
  }

  /** Writes out what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#waiting === '') return;
    const lines = this.#waiting;
    this.#waiting = '';
    this.#file.followName();
    this.#file.append(lines);
  }

  #add(text: string): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#waiting += `[${localStamp(this.#clock.now())}] ${text}\n`;
    if (this.#waiting.length >= FLUSH_AT_CHARS) this.flush();
    else this.#timer ??= setTimeout(() => this.#flushInBackground(), FLUSH_AFTER_MS).unref();
  }

  #flushInBackground(): void {
    try {
      this.flush();
    } catch (error) {
      this.#failure = error; // told to the next caller, who can stop the worker
    }
  }
}

/** The block that opens a worker's log, and the empty line after it. */
export function headerBlock({ workerId, userId, pid }: WorkerLogHeader, startedAt: number): string {
  return [
    '=== WORKER LOG STARTED ===',
    `Worker ID: ${workerId}`,
    `User ID: ${userId}`,
    `Process ID: ${pid}`,
    `Started: ${localStamp(startedAt)}`,
    '=========================',
    '',
    '',
  ].join('\n');
}

/** `✓ EMAIL: john@example.com | STATUS: valid | RESPONSE: 192.0.2.1 | REASON: accepted | MX: mx1.example.com` */
export function workerLine(result: Result, redactor: Redactor = NOTHING_REDACTED): string {
  const response = redactor.text(result.response, result.email);
  const fields = [
    `${MARK[result.status]} EMAIL: ${field(redactor.address(result.email), MAX_EMAIL)}`,
    `STATUS: ${result.status}`,
    `RESPONSE: ${field(response, MAX_RESPONSE)}`,
    `REASON: ${result.reason}`,
  ];
  if (result.mx !== undefined) fields.push(`MX: ${field(result.mx, MAX_HOST)}`);
  if (result.takenFrom?.rowId === result.id) fields.push('TAKEN OVER: from a shadow run');
  else if (result.takenFrom !== undefined) fields.push(`SAME ADDRESS: row ${result.takenFrom.rowId}`);
  if (result.retryInSeconds !== undefined) {
    fields.push(`RETRY: in ${result.retryInSeconds} s (attempt ${result.attempt + 1})`);
  }
  return fields.join(' | ');
}

/** `Processed 54 emails: Valid=42, Invalid=12` */
export function summaryText(counts: OutcomeCounts): string {
  return `Processed ${totalOutcomes(counts)} emails: ${tallyOutcomes(counts)}`;
}

/**
 * A text from outside as it may stand in a line: cleaned, and unable to look like a part of the line that we
 * wrote. A bar beside a blank or an end would begin a field, one of our marks would be counted by `grep`, and a
 * field's name with its colon would be found by it; a bar within a word (RFC 5321 allows it in a local part) stays.
 */
function field(text: string, max: number): string {
  return cleanLine(text, max)
    .replace(/(?<=\s|^|\|)\||\|(?=\s|$|\|)/g, '¦')
    .replace(/[✓✗]/g, '*')
    .replace(/\b(EMAIL|STATUS|RESPONSE|REASON|MX|SAME ADDRESS|RETRY):/g, '$1=');
}
