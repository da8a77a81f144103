// The tables svc_server and svc_pace: what a server says of itself every few seconds, and what it did in each minute.
// Nothing in a cycle depends on them; they are for whoever looks on.

import type { ServerState } from '../domain/figures.ts';
import type { OutcomeCounts } from '../domain/verdict.ts';
import type { Driver } from './driver.ts';

export interface ServerNote {
  readonly server: string;
  readonly cycleId: string;
  readonly state: ServerState;
  /** Seconds since its cycle began. */
  readonly ageSeconds: number;
  readonly poolSize: number;
  readonly workers: number;
  readonly rowsInHand: number;
  /** The users that it works for, and those that it did something for since its last note. */
  readonly users: readonly UserNote[];
}

export interface UserNote {
  readonly userId: number;
  /** Slots that it is owed, and those that work for it. */
  readonly share: number;
  readonly workers: number;
  readonly rowsInHand: number;
  /** Since the last note. */
  readonly counts: OutcomeCounts;
}

export async function noteServer(driver: Driver, note: ServerNote): Promise<void> {
  const { now } = driver.dialect;
  await driver.execute(
    `REPLACE INTO svc_server (server, cycle_id, state, began_at, seen_at, pool_size, workers, rows_in_hand)
     VALUES (?, ?, ?, ${now} - ?, ${now}, ?, ?, ?)`,
    [
      note.server,
      note.cycleId,
      note.state,
      Math.round(note.ageSeconds),
      note.poolSize,
      note.workers,
      note.rowsInHand,
    ],
  );
  for (const user of note.users) await notePace(driver, note.server, user);
}

/** Adds to the minute in which the database is now. */
async function notePace(driver: Driver, server: string, user: UserNote): Promise<void> {
  const { dialect } = driver;
  const minute = `${dialect.now} - ${dialect.now} % 60`;
  const add = () =>
    driver.execute(
      `UPDATE svc_pace SET share = ?, workers = ?, rows_in_hand = ?, valid = valid + ?, invalid = invalid + ?,
         catch_all = catch_all + ?, disposable = disposable + ?, unknown = unknown + ?, deferred = deferred + ?
       WHERE minute = ${minute} AND server = ? AND user_id = ?`,
      [
        user.share,
        user.workers,
        user.rowsInHand,
        user.counts.valid,
        user.counts.invalid,
        user.counts['catch-all'],
        user.counts.disposable,
        user.counts.unknown,
        user.counts.deferred,
        server,
        user.userId,
      ],
    );
  // A minute may begin between the two statements.
  while ((await add()) === 0) {
    await driver.execute(
      `${dialect.insertIgnore} svc_pace (minute, server, user_id) VALUES (${minute}, ?, ?)`,
      [server, user.userId],
    );
  }
}
