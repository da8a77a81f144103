// SQL as SQLite (from 3.33: UPDATE … FROM) spells it. A transaction begins IMMEDIATE, so it needs no row locks.
// The only BLOBs are texts that were cast to be read whole; the driver gives them back as strings.

import { type Dialect, valueRows } from './driver.ts';

export const SQLITE_DIALECT: Dialect = {
  type: 'sqlite',
  now: "CAST(strftime('%s', 'now') AS INTEGER)",
  epochOf: (column) => `CAST(strftime('%s', ${column}) AS INTEGER)`,
  wholeText: (column) => `CAST(${column} AS BLOB)`,
  insertIgnore: 'INSERT OR IGNORE INTO',
  forUpdate: '',
  useIndex: (name) => ` INDEXED BY ${name}`,
  updateRows: ({ table, key, set, width, rows, where }) =>
    `UPDATE ${table} AS t SET ${set.map(([column, expression]) => `${column} = ${expression}`).join(', ')}` +
    ` FROM (${valueRows(width, rows)}) AS n WHERE n.k = t.${key}` +
    (where === undefined ? '' : ` AND ${where}`),
  addIndex: (table, name, columns) => `CREATE INDEX ${name} ON ${table} (${columns.join(', ')})`,
  listTables: "SELECT name FROM sqlite_master WHERE type = 'table'",
  listIndexes:
    'SELECT m.tbl_name AS tbl, m.name AS idx, i.name AS col FROM sqlite_master m, pragma_index_info(m.name) i' +
    " WHERE m.type = 'index' ORDER BY m.tbl_name, m.name, i.seqno",
};
