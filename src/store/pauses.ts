// The table svc_pause: what operators have paused, for all servers. What holds is read anew by each claim and survey, so
// that a pause counts from the next one on. A list that is being imported is held in the same way, until it is whole.

import { type Held, type Pause, type PauseKind, type PauseSubject, heldBy } from '../domain/pause.ts';
import { type Driver, placeholders } from './driver.ts';
import type { Condition } from './queue-rows.ts';

/** What is paused from now on. */
export interface PauseRequest extends PauseSubject {
  readonly by: string;
  readonly reason: string | undefined;
  /** Undefined: until somebody resumes it. */
  readonly seconds: number | undefined;
}

/** The pauses that hold now, in the order in which they began. */
export async function readPauses(driver: Driver): Promise<readonly Pause[]> {
  const { now, wholeText } = driver.dialect;
  const rows = await driver.query<{
    kind: PauseKind;
    name: string;
    paused_at: number;
    until_at: number | null;
    paused_by: string;
    reason: string | null;
  }>(
    `SELECT kind, name, paused_at, until_at, paused_by, ${wholeText('reason')} AS reason FROM svc_pause
     WHERE until_at IS NULL OR until_at > ${now} ORDER BY paused_at, kind, name`,
  );
  return rows.map((row) => ({
    kind: row.kind,
    name: row.name,
    since: row.paused_at,
    until: row.until_at ?? undefined,
    by: row.paused_by,
    reason: row.reason ?? undefined,
  }));
}

/** What no row may be claimed of: what is paused, and lists that are not whole yet. */
export async function readHeld(driver: Driver): Promise<Held> {
  const rows = await driver.query<PauseSubject>(
    `SELECT kind, name FROM svc_pause WHERE until_at IS NULL OR until_at > ${driver.dialect.now}
     UNION ALL SELECT 'list', CAST(list_id AS CHAR) FROM svc_import`,
  );
  return heldBy(rows);
}

/** Goes on in a condition on svc_row: only rows of lists that are not held. */
export function andNotHeld({ lists }: Held): Condition {
  return lists.size === 0
    ? { sql: '', values: [] }
    : { sql: ` AND list_id NOT IN (${placeholders(lists.size)})`, values: [...lists] };
}

/** Pauses it, or changes the pause that holds; false for a list that is not there. Forgets pauses that are over. */
export async function pause(driver: Driver, request: PauseRequest): Promise<boolean> {
  const { now } = driver.dialect;
  if (request.kind === 'list' && !(await isList(driver, request.name))) return false;
  await driver.execute(`DELETE FROM svc_pause WHERE until_at <= ${now}`);
  await driver.execute(
    `REPLACE INTO svc_pause (kind, name, paused_at, until_at, paused_by, reason) VALUES (?, ?, ${now}, ${
      request.seconds === undefined ? '?' : `${now} + ?`
    }, ?, ?)`,
    [request.kind, request.name, request.seconds ?? null, request.by, request.reason ?? null],
  );
  return true;
}

/** Ends a pause; false when there was none. */
export async function resume(driver: Driver, { kind, name }: PauseSubject): Promise<boolean> {
  const { now } = driver.dialect;
  await driver.execute(`DELETE FROM svc_pause WHERE until_at <= ${now}`);
  return (await driver.execute('DELETE FROM svc_pause WHERE kind = ? AND name = ?', [kind, name])) > 0;
}

async function isList(driver: Driver, id: string): Promise<boolean> {
  const found = await driver.query('SELECT id FROM csv_list WHERE id = ?', [id]);
  return found.length > 0;
}
