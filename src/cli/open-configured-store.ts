// Opens the database that the configuration names.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../platform/config.ts';
import { OperationalError } from '../platform/operational-error.ts';
import { openStore } from '../store/open-store.ts';
import type { Patience } from '../store/outage.ts';
import type { ShadowScope } from '../store/queues.ts';
import { requireSchema } from '../store/require-schema.ts';
import type { Store } from '../store/store.ts';

/** How long a server that is away later on is waited for, and whether only svc_* tables may be written. */
export interface Opening extends Patience {
  readonly shadow?: ShadowScope | undefined;
}

/** `create`: the embedded database's file is made when there is none; otherwise that is SCHEMA_MISSING. */
export async function openConfiguredStore(
  { database, workerId, claimSeconds, webhook }: Config,
  create = false,
  { shadow, ...patience }: Opening = {},
): Promise<Store> {
  const use = { workerId, claimSeconds, announcesLists: webhook !== undefined, shadow };
  if (database.type === 'mysql')
    return openStore({ ...database, ...patience, socketPath: database.socket }, use);
  if (!create && !existsSync(database.file)) throw noDatabase(database.file);
  return openStore({ ...database, create }, use);
}

/** The same, with everything in it that this program needs; else SCHEMA_MISSING or SCHEMA_TOO_NEW. */
export async function openPreparedStore(config: Config, patience: Patience = {}): Promise<Store> {
  const store = await openConfiguredStore(config, false, patience);
  try {
    await requireSchema(store);
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
  return store;
}

// Somebody who meant MySQL and stands in the wrong folder reads here that nothing was set.
function noDatabase(file: string): OperationalError {
  return new OperationalError(
    'SCHEMA_MISSING',
    `neither DATABASE_URL nor DB_* is set (settings were looked for in the environment and in ${join(process.cwd(), '.env')}), ` +
      `and there is no embedded database ${file} yet; set them, or run "smtp-validate-cron migrate" to make it`,
    { fields: { file } },
  );
}
