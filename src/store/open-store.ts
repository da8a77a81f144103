// Opens the database that the configuration names. Loads only the driver that is asked for.

import type { Driver } from './driver.ts';
import type { MysqlOptions } from './mysql-driver.ts';
import { storeOver } from './sql-store.ts';
import type { ShadowScope } from './queues.ts';
import type { SqliteOptions } from './sqlite-driver.ts';
import { CLAIM_SECONDS, PENDING_COUNT_CAP, type Store } from './store.ts';

export type StoreOptions = MysqlOptions | SqliteOptions;

/** How this server uses the database. */
export interface StoreUse {
  /** Only rows whose `emails.worker_id` is this exist for it. */
  readonly workerId?: number | undefined;
  readonly claimSeconds?: number | undefined;
  readonly pendingCountCap?: number | undefined;
  /** Completed lists are noted, so that somebody can be told of them. */
  readonly announcesLists?: boolean | undefined;
  /** Writes svc_* tables only. */
  readonly shadow?: ShadowScope | undefined;
}

/** Gives the store of that database; creates no table. Throws DATABASE_UNREACHABLE with a sentence for the operator. */
export async function openStore(
  options: StoreOptions,
  {
    workerId,
    claimSeconds = CLAIM_SECONDS,
    pendingCountCap = PENDING_COUNT_CAP,
    announcesLists,
    shadow,
  }: StoreUse = {},
): Promise<Store> {
  return storeOver({
    driver: await openDriver(options),
    workerId,
    claimSeconds,
    pendingCountCap,
    announcesLists,
    shadow,
  });
}

async function openDriver(options: StoreOptions): Promise<Driver> {
  if (options.type === 'mysql') {
    const { openMysql } = await import('./mysql-driver.ts');
    return openMysql(options);
  }
  const { openSqlite } = await import('./sqlite-driver.ts');
  return openSqlite(options);
}
