// What an operator wants to know of the database before it is worked with. Changes nothing.

import { readCatalog } from './catalog.ts';
import type { Driver } from './driver.ts';
import { findHiddenExclusions, findMissingRights } from './rights.ts';

export interface Examination {
  readonly clock: DatabaseClock;
  /** Undefined for the embedded database. */
  readonly connections: Connections | undefined;
  /** `UPDATE (status) ON csv_list`, as GRANT writes it. */
  readonly missingRights: readonly string[];
  /** Optional tables of the CRM's that this account may not read, whether or not they are there. */
  readonly hiddenTables: readonly string[];
}

/** What the database's clock said, and between which moments of ours. */
export interface DatabaseClock {
  /** Whole seconds since 1970, cut. */
  readonly seconds: number;
  readonly askedAtMs: number;
  readonly answeredAtMs: number;
}

export interface Connections {
  readonly max: number;
  /** The most that were open at once since the server started. */
  readonly mostUsed: number;
  /** How many one user may have; undefined for no limit of its own. */
  readonly maxPerUser: number | undefined;
}

export async function examine(driver: Driver): Promise<Examination> {
  const clock = await readClock(driver);
  if (driver.dialect.type === 'sqlite') {
    await driver.transaction(() => Promise.resolve()); // takes the lock for writing, and gives it back
    return { clock, connections: undefined, missingRights: [], hiddenTables: [] };
  }
  const connections = await readConnections(driver);
  return {
    clock,
    connections,
    missingRights: await findMissingRights(driver, await readCatalog(driver)),
    hiddenTables: await findHiddenExclusions(driver),
  };
}

async function readClock(driver: Driver): Promise<DatabaseClock> {
  const askedAtMs = Date.now();
  const [row] = await driver.query<{ seconds: number }>(`SELECT ${driver.dialect.now} AS seconds`);
  return { seconds: Number(row!.seconds), askedAtMs, answeredAtMs: Date.now() };
}

async function readConnections(driver: Driver): Promise<Connections> {
  const [limits] = await driver.query<{ most: number; own: number }>(
    'SELECT @@max_connections AS most, @@max_user_connections AS own',
  );
  const [used] = await driver.query<{ Value: string }>("SHOW GLOBAL STATUS LIKE 'Max_used_connections'");
  const own = Number(limits!.own);
  return {
    max: Number(limits!.most),
    mostUsed: Number(used?.Value ?? 0),
    maxPerUser: own === 0 ? undefined : own,
  };
}
