// Where a cycle's events go: told once, written to the cron log or the user's log, and to the JSON log with
// their data. Files are made when something is written to them, so a cycle that says nothing leaves nothing.

import { cleanLine } from '../domain/clean-text.ts';
import type { Redactor } from '../domain/redact.ts';
import type { Clock } from '../platform/clock.ts';
import { OperationalError } from '../platform/operational-error.ts';
import type { JsonEvent, JsonLog } from './json-log.ts';
import { openCronLog, openUserLog, type TextLog } from './text-log.ts';

export interface CycleLogOptions {
  readonly logDir: string;
  readonly logRetentionDays: number;
  /** False: no files of users; their events still go to the JSON log. */
  readonly detailedLogging: boolean;
  readonly server: string;
  readonly cycleId: string;
  readonly clock: Clock;
  /** Takes addresses out of what is told: there should be none, and an error may bring one all the same. */
  readonly redactor: Redactor;
}

type Fields = Readonly<Record<string, unknown>>;

export class CycleLog {
  readonly #options: CycleLogOptions;
  readonly #cron: TextLog;
  readonly #users = new Map<number, TextLog>();
  #json: JsonLog | undefined;
  /** Events from before the JSON log was opened: the dozen lines that open a cycle. */
  #early: JsonEvent[] = [];
  #failure: OperationalError | undefined;

  constructor(options: CycleLogOptions) {
    this.#options = options;
    this.#cron = openCronLog(options.logDir, options.clock);
  }

  /**
   * FILE_NOT_CREATED or FILE_NOT_WRITTEN once something could not be told; the first of them. Telling never throws, since it
   * happens in the middle of everything: whoever can stop the work looks here.
   */
  get failure(): OperationalError | undefined {
    return this.#failure;
  }

  /** True when this cycle was the first of its day to tell something. */
  get beganDay(): boolean {
    return this.#cron.beganDay;
  }

  /** Tells the cycle's story. */
  cron(told: string, fields: Fields = {}): void {
    const text = this.#options.redactor.text(told);
    this.#attempt(() => this.#cron.line(text));
    this.#attempt(() => this.#tellMachines(text, fields));
  }

  /** Tells one user's story. */
  user(userId: number, told: string, fields: Fields = {}): void {
    const text = this.#options.redactor.text(told);
    if (this.#options.detailedLogging) this.#attempt(() => this.#logOf(userId).line(text));
    this.#attempt(() => this.#tellMachines(text, { user_id: userId, ...fields }));
  }

  /** Opens the JSON log, once the cycle has work; what was told before goes there first. Without it they are dropped. */
  async openJson(): Promise<void> {
    if (this.#json !== undefined) return;
    const { logDir, logRetentionDays, server, cycleId } = this.#options;
    const json = await import('./json-log.ts');
    this.#json = await json.JsonLog.open(logDir, logRetentionDays, { server, cycle: cycleId });
    for (const event of this.#early.splice(0)) this.#attempt(() => this.#json?.write(event));
  }

  /** Closes all files; nothing may be told afterwards. */
  async close(): Promise<void> {
    this.#cron.close();
    for (const log of this.#users.values()) log.close();
    await this.#json?.close();
  }

  #attempt(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      if (!(error instanceof OperationalError)) throw error;
      this.#failure ??= error;
    }
  }

  #tellMachines(text: string, fields: Fields): void {
    const event = {
      time: this.#options.clock.now(),
      level: levelOf(text),
      text: cleanLine(text.trim()),
      fields: Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [name, this.#redacted(value)]),
      ),
    };
    if (this.#json === undefined) this.#early.push(event);
    else this.#json.write(event);
  }

  #redacted(value: unknown): unknown {
    return typeof value === 'string' ? this.#options.redactor.text(value) : value;
  }

  #logOf(userId: number): TextLog {
    let log = this.#users.get(userId);
    if (log === undefined) {
      log = openUserLog(this.#options.logDir, userId, this.#options.clock);
      this.#users.set(userId, log);
    }
    return log;
  }
}

// The words by which operators find them in the text logs weigh for machines too.
function levelOf(text: string): JsonEvent['level'] {
  if (/(?:^|\] )ERROR: /.test(text)) return 'error';
  return /(?:^|\] )WARNING: /.test(text) ? 'warn' : 'info';
}
