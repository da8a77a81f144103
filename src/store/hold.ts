// Keeps claims, and gives them back: by the clock, row by row, or all that cycles of this server held.
// A row given back is as it was before the claim, and due at once or before long; its attempts were counted by probes only.

import {
  type Driver,
  type RowsUpdate,
  type SqlValue,
  ROWS_PER_STATEMENT,
  pieces,
  placeholders,
} from './driver.ts';
import type { Database } from './queues.ts';
import type { Released } from './store.ts';

const TOKENS_PER_STATEMENT = 100;

/** Puts off the expiry of the rows still held under these tokens; gives the tokens that came too late. */
export async function renewClaims(
  { driver, claimSeconds }: Database,
  tokens: readonly string[],
): Promise<readonly string[]> {
  const { now } = driver.dialect;
  const late = new Set(tokens);
  for (const some of pieces([...late], TOKENS_PER_STATEMENT)) {
    const held = `t.token IN (${placeholders(some.length)})`;
    const rows = await driver.query<{ row_id: number; token: string; is_over: number }>(
      `SELECT t.row_id, t.token, t.due_at <= ${now} AS is_over FROM svc_row t WHERE ${held}`,
      some,
    );
    const over = new Set(rows.filter(({ is_over }) => is_over === 1).map(({ token }) => token));
    for (const { token } of rows) if (!over.has(token)) late.delete(token);
    await updateRows(driver, rows, [['due_at', `${now} + ${claimSeconds}`]], held, some);
  }
  return [...late];
}

export async function releaseRows(
  driver: Driver,
  token: string,
  rowIds: readonly number[],
  dueInSeconds = 0,
): Promise<void> {
  await updateRows(
    driver,
    rowIds.map((row_id) => ({ row_id })),
    givenBack(driver, dueInSeconds),
    't.token = ?',
    [token],
  );
}

/** Gives back what `server` holds under cycles that are ours, and tells how many rows another of its name holds. */
export async function releaseServer(
  driver: Driver,
  server: string,
  isOurCycle: (cycleId: string) => boolean,
): Promise<Released> {
  const { now } = driver.dialect;
  const cycles = await driver.query<{ cycle_id: string; held: number }>(
    `SELECT t.cycle_id, SUM(t.due_at > ${now}) AS held FROM svc_row t
     WHERE t.server = ? AND t.token IS NOT NULL GROUP BY t.cycle_id`,
    [server],
  );
  const ours = cycles.filter(({ cycle_id }) => isOurCycle(cycle_id));
  const others = cycles.filter((cycle) => !ours.includes(cycle));
  let released = 0;
  for (const { cycle_id } of ours) released += await releaseCycle(driver, server, cycle_id);
  return { released, heldByNamesake: others.reduce((sum, { held }) => sum + Number(held), 0) };
}

async function releaseCycle(driver: Driver, server: string, cycleId: string): Promise<number> {
  const held = 't.server = ? AND t.token IS NOT NULL AND t.cycle_id = ?';
  let released = 0;
  for (;;) {
    const rows = await driver.query<{ row_id: number }>(
      `SELECT t.row_id FROM svc_row t WHERE ${held} LIMIT ${ROWS_PER_STATEMENT}`,
      [server, cycleId],
    );
    if (rows.length === 0) return released;
    released += await updateRows(driver, rows, givenBack(driver), held, [server, cycleId]);
  }
}

function givenBack({ dialect }: Driver, dueInSeconds = 0): RowsUpdate['set'] {
  return [
    ['due_at', `${dialect.now} + ${Math.ceil(dueInSeconds)}`],
    ['token', 'NULL'],
  ];
}

async function updateRows(
  driver: Driver,
  rows: readonly { readonly row_id: number }[],
  set: RowsUpdate['set'],
  onlyIf: string,
  values: readonly SqlValue[],
): Promise<number> {
  let matched = 0;
  for (const some of pieces(rows.map(({ row_id }) => row_id).toSorted((a, b) => a - b))) {
    matched += await driver.execute(
      driver.dialect.updateRows({
        table: 'svc_row',
        key: 'row_id',
        set,
        width: 0,
        rows: some.length,
        where: onlyIf,
      }),
      [...some, ...values],
    );
  }
  return matched;
}
