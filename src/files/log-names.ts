// The names of log files, as the contract (section 4) has them, and how to tell them from everything else.

/** The cycle's story; `day` as `2026-02-19`. */
export function cronLogName(day: string): string {
  return `smtp_validation_cron_${day}.log`;
}

export function userLogName(userId: number, day: string): string {
  return `user_${userId}_${day}.log`;
}

/** One worker's log, named for its start: `stamp` as `2026-02-19_10-15-03`. */
export function workerLogName(userId: number, workerId: number, stamp: string): string {
  return `user_${userId}_worker_${workerId}_${stamp}.log`;
}

/** The folder of the JSON logs below LOG_DIR; pino-roll takes numbers from any file beside its own. */
export const JSON_LOG_FOLDER = 'json';

/** What pino-roll is given; it makes `smtp_validation.2026-02-19.1.jsonl` of it. */
export const JSON_LOG_BASE = 'smtp_validation.jsonl';

const DAY = String.raw`(\d{4}-\d\d-\d\d)`;
const OUR_TEXT = new RegExp(
  `^(?:smtp_validation_cron_${DAY}|user_\\d+_${DAY}|user_\\d+_worker_\\d+_${DAY}_\\d\\d-\\d\\d-\\d\\d)\\.log$`,
);
const OUR_JSON = new RegExp(`^smtp_validation\\.${DAY}\\.\\d+\\.jsonl$`);

/** The day in the name of one of our text logs, undefined for any other file. */
export function dayOfTextLog(name: string): string | undefined {
  return OUR_TEXT.exec(name)
    ?.slice(1)
    .find((day) => day !== undefined);
}

/** The day in the name of one of our JSON logs, undefined for any other file. */
export function dayOfJsonLog(name: string): string | undefined {
  return OUR_JSON.exec(name)?.[1];
}
