// The table svc_webhook: completed lists that the operator's service has not been told of yet. A row comes into being in the
// transaction that completes its list, and goes when the service has taken the news or it is given up; so a crash loses
// nothing. Whoever sends a row has taken it by a compare-and-set that also puts it off: no other server sends it meanwhile,
// and a sender that dies is followed by another. It holds a day of news that could not be delivered at most, so no index.

import type { ListNews } from '../domain/list-news.ts';
import type { Driver, Session } from './driver.ts';

/** A completed list that the operator's service is to be told of, and is being told of now. */
export interface Webhook extends ListNews {
  /** From 1. */
  readonly attempt: number;
  /** The database's time when it was taken. */
  readonly now: number;
}

/** Longer than a request may take. */
const LEASE_SECONDS = 60;
const TAKEN_AT_ONCE = 20;

/** Condition of the rows of svc_webhook that are to be sent now. */
export function isWebhookDue({ dialect }: Driver): string {
  return `next_at <= ${dialect.now}`;
}

/** What is told of a list that has just been completed. */
export type CompletedList = Omit<ListNews, 'id' | 'completedAt'>;

/** Notes that a list was completed; only within the transaction that completes it. */
export async function addWebhook({ dialect }: Driver, session: Session, list: CompletedList): Promise<void> {
  await session.execute(
    `INSERT INTO svc_webhook (delivery_id, list_id, user_id, total, valid, invalid, unknown_count, missing, completed_at, next_at, attempts)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ${dialect.now}, ${dialect.now}, 0)`,
    [
      globalThis.crypto.randomUUID(),
      list.listId,
      list.userId ?? null,
      list.total,
      list.valid,
      list.invalid,
      list.unknown,
      list.missing,
    ],
  );
}

interface WebhookRow {
  readonly delivery_id: string;
  readonly list_id: number;
  readonly user_id: number | null;
  readonly total: number;
  readonly valid: number;
  readonly invalid: number;
  readonly unknown_count: number;
  readonly missing: number;
  readonly completed_at: number;
  readonly next_at: number;
  readonly attempts: number;
  readonly now_seconds: number;
}

/** Takes some that are due; each goes to one caller, and comes back a while later unless it is settled. */
export async function takeWebhooks(driver: Driver): Promise<readonly Webhook[]> {
  const due = await driver.query<WebhookRow>(
    `SELECT delivery_id, list_id, user_id, total, valid, invalid, unknown_count, missing, completed_at, next_at, attempts,
       ${driver.dialect.now} AS now_seconds
     FROM svc_webhook WHERE ${isWebhookDue(driver)} ORDER BY next_at, delivery_id LIMIT ${TAKEN_AT_ONCE}`,
  );
  const taken: Webhook[] = [];
  for (const row of due) {
    const matched = await driver.execute(
      `UPDATE svc_webhook SET attempts = attempts + 1, next_at = ${driver.dialect.now} + ${LEASE_SECONDS}
       WHERE delivery_id = ? AND next_at = ? AND attempts = ?`,
      [row.delivery_id, row.next_at, row.attempts],
    );
    if (matched === 1) taken.push(webhookOf(row));
  }
  return taken;
}

/** Puts one off that was not taken, unless somebody else is at it by now. */
export async function putOffWebhook(
  driver: Driver,
  { id, attempt }: Webhook,
  retryInSeconds: number,
): Promise<void> {
  await driver.execute(
    `UPDATE svc_webhook SET next_at = ${driver.dialect.now} + ? WHERE delivery_id = ? AND attempts = ?`,
    [retryInSeconds, id, attempt],
  );
}

/** Forgets one that was taken, or is given up. */
export async function forgetWebhook(driver: Driver, { id }: Webhook): Promise<void> {
  await driver.execute('DELETE FROM svc_webhook WHERE delivery_id = ?', [id]);
}

function webhookOf(row: WebhookRow): Webhook {
  return {
    id: row.delivery_id,
    listId: row.list_id,
    userId: row.user_id ?? undefined,
    total: row.total,
    valid: row.valid,
    invalid: row.invalid,
    unknown: row.unknown_count,
    missing: row.missing,
    completedAt: row.completed_at,
    attempt: row.attempts + 1,
    now: row.now_seconds,
  };
}
