// Gathers what a status shows, from the database and this server's lock, for whoever shows it.

import { overviewOf } from '../domain/overview.ts';
import { readLockHolder } from '../files/lock-holder.ts';
import type { Config } from '../platform/config.ts';
import type { Store } from '../store/store.ts';
import type { StatusFacts } from './status-view.ts';

/** All figures of one moment. Rejects as the store does. */
export async function gatherStatus(
  store: Pick<Store, 'readFigures' | 'description'>,
  { storageDir }: Pick<Config, 'storageDir'>,
): Promise<StatusFacts> {
  const figures = await store.readFigures();
  return {
    overview: overviewOf(figures),
    lock: readLockHolder(storageDir),
    database: store.description,
    ownerless: figures.ownerless,
    hasMoreLists: figures.hasMoreLists,
  };
}
