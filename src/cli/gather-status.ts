// Gathers what a status shows, from the database, this server's lock and the log of its cycles, for whoever shows it.

import type { Figures } from '../domain/figures.ts';
import { missedSeconds } from '../domain/missed-cycles.ts';
import { type Overview, overviewOf } from '../domain/overview.ts';
import { cycleLoggedAt } from '../files/find-logs.ts';
import { readLockHolder } from '../files/lock-holder.ts';
import type { Config } from '../platform/config.ts';
import type { Store } from '../store/store.ts';
import type { StatusFacts } from './status-view.ts';

type Folders = Pick<Config, 'storageDir' | 'logDir'>;

/** All figures of one moment. Rejects as the store does. */
export async function gatherStatus(
  store: Pick<Store, 'readFigures' | 'description'>,
  folders: Folders,
): Promise<StatusFacts> {
  const figures = await store.readFigures();
  return statusFacts(figures, overviewOf(figures), store.description, folders);
}

/** The same of figures that were read already. */
export function statusFacts(
  { ownerless, hasMoreLists }: Figures,
  overview: Overview,
  database: string,
  { storageDir, logDir }: Folders,
): StatusFacts {
  const lock = readLockHolder(storageDir);
  const isRunningHere = lock.type === 'held' && lock.process !== 'gone';
  const seenHereAt = isRunningHere ? Date.now() : cycleLoggedAt(logDir, Date.now());
  return {
    overview,
    lock,
    missedSeconds: missedSeconds(overview, seenHereAt && seenHereAt / 1000),
    database,
    ownerless,
    hasMoreLists,
  };
}
