// Opens the database that the configuration names. Loads only the driver that is asked for.

import type { Driver } from './driver.ts';
import type { MysqlOptions } from './mysql-driver.ts';
import { storeOver } from './sql-store.ts';
import type { SqliteOptions } from './sqlite-driver.ts';
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
  return storeOver({ driver: await openDriver(options), workerId: partition.workerId });
}

async function openDriver(options: StoreOptions): Promise<Driver> {
  if (options.type === 'mysql') {
    const { openMysql } = await import('./mysql-driver.ts');
    return openMysql(options);
  }
  const { openSqlite } = await import('./sqlite-driver.ts');
  return openSqlite(options);
}
