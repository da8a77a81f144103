// What one assignment leaves on disk: the journal, which has every result before anybody is told of it; the log, with a line
// for each that was told; in the end the batch file. Files are written by files/; here is what is written when.

import { NOTHING_REDACTED } from '../domain/redact.ts';
import { openRedactor } from '../platform/redaction.ts';
import { addOutcomes } from '../domain/outcome-counts.ts';
import type { Result } from '../domain/result.ts';
import { NO_OUTCOMES, type OutcomeCounts } from '../domain/verdict.ts';
import { finishBatch } from '../files/batch-file.ts';
import { journalOf } from '../files/batch-paths.ts';
import { Journal } from '../files/journal.ts';
import { WorkerLog } from '../files/worker-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Assignment, Slice } from './messages.ts';

export class AssignmentRecord {
  readonly #batchFile: string;
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #log: WorkerLog | undefined;
  #counts: OutcomeCounts = NO_OUTCOMES;
  #given = 0;

  /** Opens both files; throws FILE_NOT_CREATED or FILE_NOT_WRITTEN, as every method does that writes. */
  constructor(
    { cycleId, server, userId, workerId, batchFile, logFile, redaction }: Assignment,
    pid: number,
    clock: Clock,
  ) {
    this.#batchFile = batchFile;
    this.#clock = clock;
    this.#journal = new Journal(journalOf(batchFile), {
      cycle: cycleId,
      server,
      user_id: userId,
      worker_id: workerId,
      pid,
      started_at: new Date(clock.now()).toISOString(),
    });
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
    for (const result of results) this.#log?.result(result);
  }

  /** Makes the batch file and closes everything; gives the number of results. */
  async finish(): Promise<number> {
    this.#log?.summary(this.#counts);
    this.close();
    const { processed } = await finishBatch(
      journalOf(this.#batchFile),
      this.#batchFile,
      this.#clock.now(),
      this.#given,
    );
    return processed;
  }

  /** Closes the files as they are: the journal stands for the batch file. */
  close(): void {
    this.#journal.close();
    this.#log?.close();
  }
}
