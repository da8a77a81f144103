// Keeps claims, and gives them back: by the clock, row by row, or all that a server held.
// A row given back is as it was before the claim, and due at once; its attempts were counted by probes only.

import { type Driver, type SqlValue, pieces, placeholders } from './driver.ts';
import { CLAIM_SECONDS } from './store.ts';

const TOKENS_PER_STATEMENT = 100;
const RELEASED_PER_STATEMENT = 500;

/** Puts off the expiry of the rows still held under these tokens. What was taken over meanwhile stays so. */
export async function renewClaims(driver: Driver, tokens: readonly string[]): Promise<void> {
  for (const some of pieces([...new Set(tokens)], TOKENS_PER_STATEMENT)) {
    const held = `token IN (${placeholders(some.length)})`;
    const rows = await driver.query<{ row_id: number }>(`SELECT row_id FROM svc_row WHERE ${held}`, some);
    await updateRows(driver, rows, `due_at = ${driver.dialect.now} + ${CLAIM_SECONDS}`, held, some);
  }
}

export async function releaseRows(driver: Driver, token: string, rowIds: readonly number[]): Promise<void> {
  await updateRows(
    driver,
    rowIds.map((row_id) => ({ row_id })),
    `due_at = ${driver.dialect.now}, token = NULL`,
    'token = ?',
    [token],
  );
}

/** Gives back what `server` holds, whatever the cycle; returns how many rows. */
export async function releaseServer(driver: Driver, server: string): Promise<number> {
  const held = 'server = ? AND token IS NOT NULL';
  let released = 0;
  for (;;) {
    const rows = await driver.query<{ row_id: number }>(
      `SELECT row_id FROM svc_row WHERE ${held} LIMIT ${RELEASED_PER_STATEMENT}`,
      [server],
    );
    if (rows.length === 0) return released;
    released += await updateRows(driver, rows, `due_at = ${driver.dialect.now}, token = NULL`, held, [
      server,
    ]);
  }
}

async function updateRows(
  driver: Driver,
  rows: readonly { readonly row_id: number }[],
  set: string,
  onlyIf: string,
  values: readonly SqlValue[],
): Promise<number> {
  let matched = 0;
  for (const some of pieces(
    rows.map(({ row_id }) => row_id).toSorted((a, b) => a - b),
    RELEASED_PER_STATEMENT,
  )) {
    matched += await driver.execute(
      `UPDATE svc_row SET ${set} WHERE row_id IN (${placeholders(some.length)}) AND ${onlyIf}`,
      [...some, ...values],
    );
  }
  return matched;
}
