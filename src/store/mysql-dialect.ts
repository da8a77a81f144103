// SQL as MySQL and MariaDB spell it, from MariaDB 5.5 to MySQL 8.4: no SKIP LOCKED, CTE, window, JSON, RETURNING.

import { type Dialect, valueRows } from './driver.ts';

/** The dialect of a server whose `VERSION()` is `version`. */
export function mysqlDialect(version: string): Dialect {
  return {
    type: 'mysql',
    now: 'UNIX_TIMESTAMP()',
    epochOf: (column) => `UNIX_TIMESTAMP(${column})`,
    wholeText: (column) => column,
    insertIgnore: 'INSERT IGNORE INTO',
    lastInsertId: 'LAST_INSERT_ID()',
    forUpdate: ' FOR UPDATE',
    findQueues: (index, ofOneUser) =>
      'SELECT user_id, csv_list_id AS list_id, MIN(id) AS min_id, MAX(id) AS max_id' +
      ` FROM emails${index === undefined ? '' : ` FORCE INDEX (${index})`} WHERE domain_processed = 0` +
      (ofOneUser ? ' AND (user_id = ? OR user_id IS NULL)' : '') +
      // domain_processed leads, so that the group's order is the index's: a loose scan.
      ' GROUP BY domain_processed, user_id, csv_list_id',
    useIndex: (name) => ` FORCE INDEX (${name})`,
    byPrimaryKey: ' FORCE INDEX (PRIMARY)',
    deleteRows: (table, key, rows, where) =>
      `DELETE t FROM (${valueRows(0, rows)}) n STRAIGHT_JOIN ${table} t FORCE INDEX (PRIMARY) ON t.${key} = n.k` +
      (where === undefined ? '' : ` WHERE ${where}`),
    updateRows: ({ table, key, set, width, rows, where }) =>
      // The order of the join is given: the other way round, a small table would be read, and locked, as a whole.
      `UPDATE (${valueRows(width, rows)}) n STRAIGHT_JOIN ${table} t FORCE INDEX (PRIMARY) ON t.${key} = n.k` +
      ` SET ${set.map(([column, expression]) => `t.${column} = ${expression}`).join(', ')}` +
      (where === undefined ? '' : ` WHERE ${where}`),
    addIndex: (table, name, columns) =>
      `ALTER TABLE ${table} ADD INDEX ${name} (${columns.join(', ')})` +
      (altersOnline(version) ? ', ALGORITHM=INPLACE, LOCK=NONE' : ''),
    listTables: 'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()',
    listIndexes:
      'SELECT TABLE_NAME AS tbl, INDEX_NAME AS idx, COLUMN_NAME AS col FROM information_schema.STATISTICS' +
      " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN ('emails', 'csv_list', 'svc_row', 'svc_queue', 'svc_destination')" +
      ' ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX',
    listColumns:
      'SELECT COLUMN_NAME AS name FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?',
  };
}

/** True where ALTER TABLE knows ALGORITHM and LOCK: MySQL from 5.6, MariaDB from 10.0. */
function altersOnline(version: string): boolean {
  // Some proxies keep the prefix by which MariaDB hides from old replicas: 5.5.5-10.3.39-MariaDB.
  const [, major = '0', minor = '0'] = /^(?:5\.5\.5-)?(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 5 || (Number(major) === 5 && Number(minor) >= 6);
}
