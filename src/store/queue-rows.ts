// A queue, the rows of a user and list, and where they lie: ranges of the index svc_pending, so that a look at some of them
// costs the same whether there are ten or ten million.

import type { Driver, SqlValue } from './driver.ts';
import { PENDING_INDEX } from './schema-names.ts';

export interface Queue {
  /** Whose rows these are: the row's user, else the list's; undefined when neither names one. */
  readonly ownerId: number | undefined;
  /** `user_id` and `csv_list_id` as they stand in `emails`. */
  readonly userId: number | null;
  readonly listId: number | null;
  /** Lowest and highest row that counts, of all partitions. */
  readonly minId: number;
  readonly maxId: number;
  /** True where decided rows count as well as pending ones: in a shadow run. */
  readonly isWhole: boolean;
}

/** A condition with its values. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** Where the rows are; with `workerId`, only those of this partition. */
interface Partition {
  readonly driver: Driver;
  readonly workerId: number | undefined;
}

/** Which rows of a queue are wanted, in the order of their ids. */
interface RowRange {
  readonly columns: string;
  readonly after: number;
  readonly upTo?: number | undefined;
  readonly limit: number;
  readonly isIndexed?: boolean | undefined;
}

/** The rows of a queue, and of this partition, that count: one range of svc_pending, or two whose rows come in one order. */
export function rowsOf({ driver, workerId }: Partition, queue: Queue, range: RowRange): Condition {
  const { columns, after, upTo, limit, isIndexed = true } = range;
  const index = isIndexed ? driver.dialect.useIndex(PENDING_INDEX) : '';
  const ranges = (queue.isWhole ? ([0, 1] as const) : ([0] as const)).map((processed): Condition => {
    const { sql, values } = isInQueue(queue, processed, workerId);
    return {
      sql:
        `SELECT ${columns} FROM emails${index} WHERE ${sql}` +
        ` AND id > ?${upTo === undefined ? '' : ' AND id <= ?'} ORDER BY id LIMIT ?`,
      values: [...values, after, ...(upTo === undefined ? [] : [upTo]), limit],
    };
  });
  const [only, ...more] = ranges;
  if (only !== undefined && more.length === 0) return only;
  return {
    sql:
      `SELECT ${columns} FROM (${ranges.map(({ sql }, place) => `SELECT * FROM (${sql}) s${place}`).join(' UNION ALL ')}) w` +
      ' ORDER BY id LIMIT ?',
    values: [...ranges.flatMap(({ values }) => values), limit],
  };
}

/** The rows of a queue, and of a partition, that are pending (0) or decided (1): a range of svc_pending. */
export function isInQueue(
  { userId, listId }: Pick<Queue, 'userId' | 'listId'>,
  processed: 0 | 1,
  workerId?: number,
): Condition {
  const parts: (readonly [string, number | null | undefined])[] = [
    ['user_id', userId],
    ['csv_list_id', listId],
  ];
  // A NULL is asked for by IS NULL: the oldest versions take `<=>` for no range.
  const conditions = parts.map(([column, value]) => (value === null ? `${column} IS NULL` : `${column} = ?`));
  const values = parts.flatMap(([, value]) => value ?? []);
  return {
    sql: [
      `domain_processed = ${processed}`,
      ...conditions,
      ...(workerId === undefined ? [] : ['worker_id = ?']),
    ].join(' AND '),
    values: workerId === undefined ? values : [...values, workerId],
  };
}
