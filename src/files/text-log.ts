// The text logs of the orchestrator: one file a day, a line in the file the moment it is written, stamped in
// local time. Written without pino: no option of pino-roll gives the contract's file names, and what is left of a
// logger then is a line with its stamp. What the lines say: cycle/story.ts. The log of a worker: worker-log.ts.

import { join } from 'node:path';

import { cleanLine } from '../domain/clean-text.ts';
import { dayStamp, localStamp, type Clock } from '../platform/clock.ts';
import { AppendFile } from './append-file.ts';
import { cronLogName, userLogName } from './log-names.ts';

const MAX_LINE = 4_000; // the longest of ours is an error with its cause; more helps nobody who reads it live

/** One text log, rolled at local midnight by the clock that it was given. */
export class TextLog {
  readonly #pathOf: (day: string) => string;
  readonly #clock: Clock;
  #file: AppendFile | undefined;
  #day = '';
  #checkedSecond = 0;
  #beganDay = false;

  constructor(nameOf: (day: string) => string, logDir: string, clock: Clock) {
    this.#pathOf = (day) => join(logDir, nameOf(day));
    this.#clock = clock;
  }

  /** Writes one line, whatever the text holds. Throws FILE_NOT_CREATED or FILE_NOT_WRITTEN. */
  line(text: string): void {
    const now = this.#clock.now();
    this.#fileOf(now).append(logLine(now, text));
  }

  /** True when a line of ours was the first of its day. */
  get beganDay(): boolean {
    return this.#beganDay;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#day = '';
  }

  // At most once a second: is it still the same day, and is the file still where its name leads?
  #fileOf(now: number): AppendFile {
    const second = Math.floor(now / 1000);
    if (this.#file !== undefined && second === this.#checkedSecond) return this.#file;
    this.#checkedSecond = second;
    const day = dayStamp(now);
    if (this.#file === undefined || day !== this.#day) {
      const next = new AppendFile(this.#pathOf(day));
      this.#beganDay ||= next.size === 0;
      this.#file?.close();
      this.#file = next;
      this.#day = day;
    } else {
      this.#file.followName();
    }
    return this.#file;
  }
}

/** `smtp_validation_cron_YYYY-MM-DD.log` in `logDir`; the file is made at the first line. */
export function openCronLog(logDir: string, clock: Clock): TextLog {
  return new TextLog(cronLogName, logDir, clock);
}

/** `user_{userId}_YYYY-MM-DD.log` in `logDir`; the file is made at the first line. */
export function openUserLog(logDir: string, userId: number, clock: Clock): TextLog {
  return new TextLog((day) => userLogName(userId, day), logDir, clock);
}

/** `[2026-02-19 10:15:02] text`, one line. Leading blanks are kept: they indent the lists in the story. */
export function logLine(timeMs: number, text: string): string {
  const indent = /^ */.exec(text)![0].slice(0, 8);
  return `[${localStamp(timeMs)}] ${indent}${cleanLine(text.trimStart(), MAX_LINE)}\n`;
}
