// Opens the database that the configuration names. Loads only the driver that is asked for.

import { type MysqlOptions, openMysql } from './mysql-driver.ts';
import { storeOver } from './sql-store.ts';
import { type SqliteOptions, openSqlite } from './sqlite-driver.ts';
import type { Store } from './store.ts';

export type StoreOptions = MysqlOptions | SqliteOptions;

/**
 * Gives the store of that database; creates no table. With `workerId` it holds only the rows whose
 * `emails.worker_id` is this. Throws DATABASE_UNREACHABLE with a sentence for the operator.
 */
export async function openStore(
  options: StoreOptions,
  partition: { readonly workerId?: number | undefined } = {},
): Promise<Store> {
  const driver = options.type === 'mysql' ? await openMysql(options) : openSqlite(options);
  return storeOver({ driver, workerId: partition.workerId });
}
