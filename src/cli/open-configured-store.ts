// Opens the database that the configuration names.

import type { Config } from '../platform/config.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';

/** `create`: the embedded database's file is made when there is none; otherwise that is SCHEMA_MISSING. */
export function openConfiguredStore({ database, workerId }: Config, create = false): Promise<Store> {
  const options =
    database.type === 'sqlite' ? { ...database, create } : { ...database, socketPath: database.socket };
  return openStore(options, { workerId });
}
