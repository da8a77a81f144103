// SQL as SQLite (from 3.33: UPDATE … FROM) spells it. A transaction begins IMMEDIATE, so it needs no row locks.
// The only BLOBs are texts that were cast to be read whole; the driver gives them back as strings.

import { type Dialect, placeholders, valueRows } from './driver.ts';

export const SQLITE_DIALECT: Dialect = {
  type: 'sqlite',
  now: "CAST(strftime('%s', 'now') AS INTEGER)",
  epochOf: (column) => `CAST(strftime('%s', ${column}) AS INTEGER)`,
  wholeText: (column) => `CAST(${column} AS BLOB)`,
  insertIgnore: 'INSERT OR IGNORE INTO',
  lastInsertId: 'last_insert_rowid()',
  forUpdate: '',
  findQueues: (index, ofOneUser) =>
    index === undefined
      ? `SELECT user_id, csv_list_id AS list_id, MIN(id) AS min_id, MAX(id) AS max_id FROM emails
         WHERE domain_processed = 0${ofOneUser ? ' AND (user_id = ? OR user_id IS NULL)' : ''}
         GROUP BY user_id, csv_list_id`
      : stepFromQueueToQueue(ofOneUser),
  useIndex: (name) => ` INDEXED BY ${name}`,
  byPrimaryKey: '',
  deleteRows: (table, key, rows, where) =>
    `DELETE FROM ${table} AS t WHERE t.${key} IN (${placeholders(rows)})` +
    (where === undefined ? '' : ` AND ${where}`),
  updateRows: ({ table, key, set, width, rows, where }) =>
    `UPDATE ${table} AS t SET ${set.map(([column, expression]) => `${column} = ${expression}`).join(', ')}` +
    ` FROM (${valueRows(width, rows)}) AS n WHERE n.k = t.${key}` +
    (where === undefined ? '' : ` AND ${where}`),
  addIndex: (table, name, columns) => `CREATE INDEX ${name} ON ${table} (${columns.join(', ')})`,
  listTables: "SELECT name FROM sqlite_master WHERE type = 'table'",
  listIndexes:
    'SELECT m.tbl_name AS tbl, m.name AS idx, i.name AS col FROM sqlite_master m, pragma_index_info(m.name) i' +
    " WHERE m.type = 'index' ORDER BY m.tbl_name, m.name, i.seqno",
  listColumns: 'SELECT name FROM pragma_table_info(?)',
};

/**
 * SQLite has no loose scan: it is spelled out as steps, each a seek along the index svc_pending. MIN passes over
 * NULL and is NULL when there is no further value, so each walk ends with NULL, and that is a value to look for too.
 */
function stepFromQueueToQueue(ofOneUser: boolean): string {
  const pending = 'FROM emails WHERE domain_processed = 0';
  const users = ofOneUser
    ? 'SELECT ? UNION ALL SELECT NULL'
    : `SELECT (SELECT MIN(user_id) ${pending})
       UNION ALL SELECT (SELECT MIN(user_id) ${pending} AND user_id > u) FROM users WHERE u IS NOT NULL`;
  return `WITH RECURSIVE users (u) AS (${users}),
    pairs (u, l) AS (
      SELECT u, (SELECT MIN(csv_list_id) ${pending} AND user_id IS u) FROM users
      UNION ALL
      SELECT u, (SELECT MIN(csv_list_id) ${pending} AND user_id IS u AND csv_list_id > l) FROM pairs WHERE l IS NOT NULL
    ),
    queues AS (
      SELECT u AS user_id, l AS list_id,
        (SELECT MIN(id) ${pending} AND user_id IS u AND csv_list_id IS l) AS min_id,
        (SELECT MAX(id) ${pending} AND user_id IS u AND csv_list_id IS l) AS max_id
      FROM pairs
    )
    SELECT * FROM queues WHERE min_id IS NOT NULL`;
}
