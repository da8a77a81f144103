// The queues of lists that were made lately, decided rows and all: what a shadow run looks at beside pending rows, since
// the CRM's own system takes those away under its eyes. Along the primary key of csv_list, from its end, and svc_pending.

import { type Driver, pieces } from './driver.ts';
import { type Queue, isInQueue } from './queue-rows.ts';
import { PENDING_INDEX } from './schema-names.ts';

const LISTS_PER_PAGE = 500;

// Four seeks each: old servers open the table once for every one of them.
const QUEUES_PER_STATEMENT = 10;

interface RecentList {
  readonly id: number;
  readonly user_id: number | null;
  readonly made_at: number | null;
}

/** Which rows of `emails` make a queue. */
type Key = Pick<Queue, 'ownerId' | 'userId' | 'listId'>;

/**
 * Queues with decided rows in lists that were made since; with `ownerId` only of lists of that user. Those of rows that name
 * their list's user, or none: a row of another user is found while it is pending.
 */
export async function wholeQueues(
  driver: Driver,
  since: number,
  ownerId: number | undefined,
): Promise<readonly Queue[]> {
  const lists = await recentLists(driver, since);
  const keys = lists.flatMap(({ id, user_id }): Key[] =>
    user_id === null || (ownerId !== undefined && user_id !== ownerId)
      ? []
      : [user_id, null].map((userId) => ({ ownerId: user_id, userId, listId: id })),
  );
  const found: Queue[] = [];
  for (const some of pieces(keys, QUEUES_PER_STATEMENT)) {
    const rows = await driver.query<{ place: number; min_id: number | null; max_id: number | null }>(
      some.map((key, place) => boundsOf(driver, key, place)).join(' UNION ALL '),
      some.flatMap((key) => [...isInQueue(key, 1).values, ...isInQueue(key, 1).values]),
    );
    for (const { place, min_id, max_id } of rows) {
      if (min_id === null || max_id === null) continue;
      found.push({ ...some[place]!, minId: min_id, maxId: max_id, isWhole: true });
    }
  }
  return found;
}

function boundsOf({ dialect }: Driver, key: Key, place: number): string {
  const rows = `FROM emails${dialect.useIndex(PENDING_INDEX)} WHERE ${isInQueue(key, 1).sql}`;
  return `SELECT ${place} AS place, (SELECT MIN(id) ${rows}) AS min_id, (SELECT MAX(id) ${rows}) AS max_id`;
}

/** Lists get their ids as they are made: a page of older ones ends the walk. */
async function recentLists(driver: Driver, since: number): Promise<readonly RecentList[]> {
  const recent: RecentList[] = [];
  let before = Number.MAX_SAFE_INTEGER;
  for (;;) {
    const page = await driver.query<RecentList>(
      `SELECT id, user_id, ${driver.dialect.epochOf('created_at')} AS made_at FROM csv_list
       WHERE id < ? ORDER BY id DESC LIMIT ${LISTS_PER_PAGE}`,
      [before],
    );
    const some = page.filter(({ made_at }) => made_at !== null && made_at >= since);
    recent.push(...some);
    if (page.length < LISTS_PER_PAGE || some.length === 0) return recent;
    before = page.at(-1)!.id;
  }
}
