// The cycle's events for machines: JSON lines in LOG_DIR/json, rolled daily by pino-roll. Loaded only when a
// cycle has work, since pino-roll costs as much processor time to load as an idle cycle needs in all.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { pino, type Logger } from 'pino';
import openRolling, { type RollingStream } from 'pino-roll';

import { FILE_MODE, makeFolder } from './append-file.ts';
import { cannotCreate, cannotWrite } from './file-errors.ts';
import { JSON_LOG_BASE, JSON_LOG_FOLDER } from './log-names.ts';

/** What stands in every line: who wrote it. */
export interface JsonLogContext {
  readonly server: string;
  readonly cycle: string;
}

/** One event: its time, its weight, its sentence, and its data. */
export interface JsonEvent {
  readonly time: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export class JsonLog {
  readonly #stream: RollingStream;
  readonly #logger: Logger;
  readonly #context: JsonLogContext;
  #failure: Error | undefined;
  #checkedSecond = 0;

  private constructor(stream: RollingStream, context: JsonLogContext) {
    this.#stream = stream;
    this.#context = context;
    stream.on('error', (error) => (this.#failure = error));
    // The event brings its own time: events from before the log was opened are written when it is.
    this.#logger = pino(
      { base: null, timestamp: false, formatters: { level: (label) => ({ level: label }) } },
      stream,
    );
  }

  /** Opens today's file, creating LOG_DIR/json if need be; throws FILE_NOT_CREATED. */
  static async open(logDir: string, retentionDays: number, context: JsonLogContext): Promise<JsonLog> {
    const folder = join(logDir, JSON_LOG_FOLDER);
    try {
      makeFolder(folder);
      const stream = await openRolling({
        file: join(folder, JSON_LOG_BASE),
        frequency: 'daily',
        dateFormat: 'yyyy-MM-dd',
        limit: { count: retentionDays, removeOtherLogFiles: true },
        mkdir: true,
        sync: true,
        mode: FILE_MODE,
      });
      return new JsonLog(stream, context);
    } catch (error) {
      throw cannotCreate(folder, error);
    }
  }

  /** Writes one line. Throws FILE_NOT_WRITTEN, also for what an earlier write turned out to have failed by. */
  write({ time, level, text, fields }: JsonEvent): void {
    this.#followName(time);
    // In one object with its data, so that no key stands twice in a line.
    try {
      this.#logger[level]({ time: new Date(time).toISOString(), ...this.#context, ...fields }, text);
    } catch (error) {
      this.#failure ??= error as Error;
    }
    if (this.#failure !== undefined) throw cannotWrite(this.#stream.file, this.#failure);
  }

  /** Closes the file. A stream that has failed may never say that it is closed, and is not waited for. */
  async close(): Promise<void> {
    if (this.#failure !== undefined) return this.#stream.destroy();
    const closed = new Promise<void>((resolve) => {
      this.#stream.once('close', () => resolve());
      this.#stream.once('error', () => resolve());
    });
    this.#stream.end();
    await closed;
  }

  // Somebody may have removed the file or its folder; asked at most once a second.
  #followName(time: number): void {
    const second = Math.floor(time / 1000);
    if (second === this.#checkedSecond) return;
    this.#checkedSecond = second;
    if (!existsSync(this.#stream.file)) this.#stream.reopen();
  }
}
