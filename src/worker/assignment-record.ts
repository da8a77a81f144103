// What one assignment leaves on disk: the journal, which has every result before anybody is told of it; the log, with a line
// for each that was told; in the end the batch file. Its text is kept in memory until then, a fifth of a kilobyte a row: to
// read the journal back would cost a fifth of all that is done with an answer. Files are written by files/; here is what is
// written when.

import { NOTHING_REDACTED } from '../domain/redact.ts';
import { openRedactor } from '../platform/redaction.ts';
import { addOutcomes, totalOutcomes } from '../domain/outcome-counts.ts';
import type { Result } from '../domain/result.ts';
import { NO_OUTCOMES, type OutcomeCounts } from '../domain/verdict.ts';
import { batchEntry, finishBatch, writeBatch } from '../files/batch-file.ts';
import { journalOf } from '../files/batch-paths.ts';
import { Journal, type JournalHeader } from '../files/journal.ts';
import { WorkerLog } from '../files/worker-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Assignment, Slice } from './messages.ts';

export class AssignmentRecord {
  readonly #batchFile: string;
  readonly #clock: Clock;
  readonly #header: Omit<JournalHeader, 'schema'>;
  readonly #journal: Journal;
  readonly #log: WorkerLog | undefined;
  #counts: OutcomeCounts = NO_OUTCOMES;
  #entries: string[] = [];
  #given = 0;

  /** Opens both files; throws FILE_NOT_CREATED or FILE_NOT_WRITTEN, as every method does that writes. */
  constructor(
    { cycleId, server, userId, workerId, batchFile, logFile, redaction }: Assignment,
    pid: number,
    clock: Clock,
  ) {
    this.#batchFile = batchFile;
    this.#clock = clock;
    this.#header = {
      cycle: cycleId,
      server,
      user_id: userId,
      worker_id: workerId,
      pid,
      started_at: new Date(clock.now()).toISOString(),
    };
    this.#journal = new Journal(journalOf(batchFile), this.#header);
    const redactor = redaction === undefined ? NOTHING_REDACTED : openRedactor(redaction);
    const header = { workerId, userId, pid };
    this.#log = logFile === undefined ? undefined : new WorkerLog(logFile, header, clock, redactor);
  }

  /** Notes that a slice was taken in hand. */
  begin({ from, to, rows }: Slice): void {
    this.#given += rows.length;
    this.#log?.tell(`Processing emails from index ${from} to ${to} (${rows.length} emails)`);
  }

  /** Notes that rows go back as they came. */
  giveBack(rows: number): void {
    this.#given -= rows;
    if (rows > 0) this.#log?.tell(`${rows} emails go back unprocessed`);
  }

  /** Notes that rows go on to hosts of another destination, with whoever gets a place there. */
  sendOn(rows: number): void {
    this.#given -= rows;
    this.#log?.tell(`${rows} emails go on to another mail host`);
  }

  /** Writes results down, in place of what was written of their rows before: they count if this process dies now. */
  write(results: readonly Result[]): void {
    this.#journal.append(results);
  }

  /** Takes back what was written of these rows. */
  withdraw(ids: readonly number[]): void {
    this.#journal.withdraw(ids);
  }

  /** Logs and counts results that are told, once each. */
  tell(results: readonly Result[]): void {
    this.#counts = addOutcomes(this.#counts, results);
    for (const result of results) {
      this.#log?.result(result);
      this.#entries.push(batchEntry(result));
    }
  }

  /** Makes the batch file and closes everything; gives the number of results. */
  async finish(): Promise<number> {
    this.#log?.summary(this.#counts);
    this.close();
    this.#journal.confirm();
    const completedAt = this.#clock.now();
    // What a journal of that name held before is in no memory of ours.
    if (this.#journal.isContinued) {
      const journal = journalOf(this.#batchFile);
      return (await finishBatch(journal, this.#batchFile, completedAt, this.#given)).processed;
    }
    const processed = totalOutcomes(this.#counts);
    const summary = { total: this.#given, processed, counts: this.#counts };
    await writeBatch(this.#batchFile, { header: this.#header, completedAt, summary }, this.#entries);
    return processed;
  }

  /** Closes the files as they are: the journal stands for the batch file. */
  close(): void {
    this.#journal.close();
    this.#log?.close();
  }
}
