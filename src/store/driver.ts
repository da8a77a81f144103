// What the store needs of a database: statements with placeholders, transactions, and the few fragments of
// SQL that MySQL and SQLite spell differently. Two implementations: mysql-driver.ts and sqlite-driver.ts.
// A driver owns one connection. It runs one statement or transaction at a time, in the order they were
// asked for, so its callers may ask at once without waiting for each other.

import { piecesOf } from '../domain/pieces.ts';

/** What goes into a placeholder. `undefined` never does: null is the door's word for it. */
export type SqlValue = string | number | null;

/** Where statements can be run: the connection itself, or a transaction on it. */
export interface Session {
  /** Rows as the columns' aliases name them; whole numbers come as numbers, text as strings. */
  query<Row extends object>(sql: string, values?: readonly SqlValue[]): Promise<readonly Row[]>;
  /** How many rows the statement matched, whether or not it changed them; for an insert, how many went in. */
  execute(sql: string, values?: readonly SqlValue[]): Promise<number>;
}

export interface Driver extends Session {
  readonly dialect: Dialect;
  readonly description: string;
  /**
   * Runs `work` in a transaction that locks what it reads with `dialect.forUpdate`. May run it again from
   * its beginning after a deadlock or a lost connection, so `work` keeps no state from one run to the next,
   * and uses only the session it is given.
   */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Runs a statement that changes the schema, however long it takes. */
  alter(sql: string): Promise<void>;
  close(): Promise<void>;
}

/** Where SQL differs. */
export interface Dialect {
  readonly type: 'mysql' | 'sqlite';
  /** Seconds since 1970 on the database's clock. */
  readonly now: string;
  /** A date-and-time column as seconds since 1970. */
  epochOf(column: string): string;
  /** A text column of foreign origin, whole: libsql would cut it at its first NUL. */
  wholeText(column: string): string;
  /** Opens an insert that leaves out rows whose key exists. */
  readonly insertIgnore: string;
  /** The id that the last insert of the connection was given. */
  readonly lastInsertId: string;
  /** Closes a SELECT that locks its rows; empty where a transaction locks everything anyway. */
  readonly forUpdate: string;
  /**
   * Finds the pairs `user_id`, `list_id` under which rows are pending, with `min_id` and `max_id`, in steps from
   * pair to pair along `index`; without one by reading what is pending. `ofOneUser`: only rows of the user in its
   * one placeholder, and rows without a user.
   */
  findQueues(index: string | undefined, ofOneUser: boolean): string;
  /** Follows a table in FROM: this index and no other. */
  useIndex(name: string): string;
  /**
   * Follows a table in FROM or UPDATE whose rows are named by their primary keys: else a table of some hundred rows is read,
   * and locked, as a whole.
   */
  readonly byPrimaryKey: string;
  /**
   * Deletes so many rows of a table, called `t` in `where`; the placeholders of their keys come first. Spelled so that keys are
   * looked up one by one: by IN (…) the oldest versions, and any with a small table, lock rows between them as well, and
   * servers that work on different rows end in deadlocks (MariaDB 10.11, 2026-11: 73 of them in 100 batches, then none).
   */
  deleteRows(table: string, key: string, rows: number, where?: string): string;
  updateRows(update: RowsUpdate): string;
  /** Adds an index without keeping writers out, where the version can. */
  addIndex(table: string, name: string, columns: readonly string[]): string;
  /** Lists the tables as `name`. */
  readonly listTables: string;
  /** Lists the columns of the indexes of the CRM's tables and ours as `tbl`, `idx`, `col`, in their order. */
  readonly listIndexes: string;
  /** Lists the columns of the table in its one placeholder as `name`; none of a table that is not there. */
  readonly listColumns: string;
}

/**
 * An update of many rows, each with values of its own. In `set` and `where` the table is `t` and the
 * values are `n.v1`, `n.v2`, …; placeholders are filled row by row, the key first.
 */
export interface RowsUpdate {
  readonly table: string;
  readonly key: string;
  readonly set: readonly (readonly [column: string, expression: string])[];
  /** Values of a row beside its key. */
  readonly width: number;
  readonly rows: number;
  readonly where?: string | undefined;
}

/** The derived table of an update: the first row names the columns, so it stands on every version. */
export function valueRows(width: number, rows: number): string {
  const names = ['k', ...Array.from({ length: width }, (_, index) => `v${index + 1}`)];
  const first = `SELECT ${names.map((name) => `? AS ${name}`).join(', ')}`;
  const next = ` UNION ALL SELECT ${placeholders(width + 1)}`;
  return first + next.repeat(rows - 1);
}

/** `?, ?, ?` for so many values. */
export function placeholders(count: number): string {
  return Array.from({ length: count }, () => '?').join(', ');
}

/** Rows named in one statement: few round trips, small locks, far below every limit on placeholders. */
export const ROWS_PER_STATEMENT = 200;

/** `items` in pieces that fit one statement. */
export function pieces<T>(items: readonly T[], size = ROWS_PER_STATEMENT): readonly (readonly T[])[] {
  return piecesOf(items, size);
}

/**
 * `items` in pieces that fit one statement and, by `weigh` in UTF-16 units of text, one packet: MariaDB 5.5 takes
 * 1 MiB by default, and a unit is at most three bytes there.
 */
export function piecesByWeight<T>(
  items: readonly T[],
  weigh: (item: T) => number,
  maxWeight = 200_000,
): readonly (readonly T[])[] {
  const parts: T[][] = [];
  let weight = Infinity;
  for (const item of items) {
    const last = parts.at(-1);
    weight += weigh(item);
    if (last === undefined || weight > maxWeight || last.length >= ROWS_PER_STATEMENT) {
      parts.push([item]);
      weight = weigh(item);
    } else {
      last.push(item);
    }
  }
  return parts;
}
