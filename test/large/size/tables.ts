// Makes tables of any size fast: the CRM's as they stand in production, filled by statements that copy, with the
// indexes added when the rows are there.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Connection } from 'mysql2/promise';

/** So many lists one after the other, each of so many rows; the nth list is the nth user's. */
export interface Lists {
  readonly lists: number;
  readonly rowsPerList: number;
}

const LEGACY_SCHEMA = resolve('test/fixtures/legacy-schema.sql');
const ROWS_PER_COPY = 250_000;

/** Fills an empty database, all rows pending or all decided; users and lists are numbered from 1. */
export async function fill(
  connection: Connection,
  groups: readonly Lists[],
  state: 'pending' | 'decided',
): Promise<void> {
  const schema = readFileSync(LEGACY_SCHEMA, 'utf8');
  const indexes = schema.match(/^CREATE TABLE emails[^;]*;/m)![0].match(/\bKEY \w+ \([^)]*\)/g)!;
  await connection.query(withoutIndexesOfEmails(schema, indexes));
  await connection.query('SET unique_checks = 0, foreign_key_checks = 0');
  await makeNumbers(connection);

  let [list, row] = [0, 0];
  for (const { lists, rowsPerList } of groups) {
    const rows = lists * rowsPerList;
    for (let copied = 0; copied < rows; copied += ROWS_PER_COPY) {
      await connection.query(
        `INSERT INTO emails (id, raw_emailid, sp_domain, domain_verified, domain_status, domain_processed,
           validation_status, validation_response, csv_list_id, user_id)
         SELECT n + ?, CONCAT('user', n + ?, '@', 'd', n % 5000, '.example'), CONCAT('d', n % 5000, '.example'),
           ${state === 'pending' ? "0, 0, 0, 'pending', NULL" : "1, 1, 1, 'valid', '192.0.2.1'"},
           ? + FLOOR((n + ?) / ?), ? + FLOOR((n + ?) / ?) FROM numbers WHERE n + ? < ?`,
        [row + copied + 1, row + copied, ...twice(list + 1, copied, rowsPerList), copied, rows],
      );
    }
    for (let first = 1; first <= lists; first += 500) {
      const some = Array.from({ length: Math.min(500, lists - first + 1) }, (_, i) => list + first + i);
      await connection.query(
        'INSERT INTO csv_list (id, user_id, total_emails, valid_count, status) VALUES ?',
        [
          some.map((id) =>
            state === 'pending'
              ? [id, id, rowsPerList, 0, 'pending']
              : [id, id, rowsPerList, rowsPerList, 'completed'],
          ),
        ],
      );
    }
    list += lists;
    row += rows;
  }
  await connection.query('DROP TABLE numbers');
  await connection.query(`ALTER TABLE emails ${indexes.map((index) => `ADD ${index}`).join(', ')}`);
}

function twice(...values: readonly number[]): readonly number[] {
  return [...values, ...values];
}

function withoutIndexesOfEmails(schema: string, indexes: readonly string[]): string {
  return indexes
    .reduce((text, index) => text.replace(new RegExp(`,?\\s*${escape(index)}`), ''), schema)
    .replaceAll(/^--.*$/gm, '');
}

function escape(text: string): string {
  return text.replaceAll(/[()]/g, String.raw`\$&`);
}

async function makeNumbers(connection: Connection): Promise<void> {
  await connection.query('CREATE TABLE numbers (n INT NOT NULL PRIMARY KEY) ENGINE=InnoDB');
  await connection.query('INSERT INTO numbers VALUES (0)');
  for (let count = 1; count < ROWS_PER_COPY; count *= 2) {
    await connection.query('INSERT INTO numbers SELECT n + ? FROM numbers WHERE n + ? < ?', [
      count,
      count,
      ROWS_PER_COPY,
    ]);
  }
}
