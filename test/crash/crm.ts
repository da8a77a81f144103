// The CRM's side of the database in a crash test: imports lists, counts what is pending, reads what became of the rows.
// It outlives the database's own deaths, and has a trigger write down every change of a row, so that a verdict that
// was written twice can be seen.

import { openMysql } from '../../src/store/mysql-driver.ts';
import type { Driver } from '../../src/store/driver.ts';
import type { CrmList, CrmRow } from '../support/embedded-database.ts';
import type { World } from '../support/internet/world.ts';
import type { ImportedRow } from './judge-probes.ts';
import type { RowChange } from './judge.ts';

const ROWS_PER_STATEMENT = 500;
/** Longer than any outage. */
const RECONNECT_FOR_MS = 180_000;

export class Crm implements AsyncDisposable {
  readonly #driver: Driver;

  private constructor(driver: Driver) {
    this.#driver = driver;
  }

  /** Opens the database that `migrate` made. */
  static async open(socketPath: string, database: string): Promise<Crm> {
    const driver = await openMysql({
      type: 'mysql',
      socketPath,
      user: 'root',
      password: '',
      database,
      reconnectForMs: RECONNECT_FOR_MS,
    });
    await driver.alter(
      `CREATE TABLE crash_change (
         number BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
         row_id BIGINT UNSIGNED NOT NULL, was INT NOT NULL, became INT NOT NULL, verdict VARCHAR(32), KEY (row_id)
       ) ENGINE = InnoDB`,
    );
    await driver.alter(
      `CREATE TRIGGER crash_change AFTER UPDATE ON emails FOR EACH ROW
       INSERT INTO crash_change (row_id, was, became, verdict)
       VALUES (NEW.id, OLD.domain_processed, NEW.domain_processed, NEW.validation_status)`,
    );
    return new Crm(driver);
  }

  async importExclusions({ excludedAccounts, excludedDomains }: World): Promise<void> {
    for (const account of excludedAccounts)
      await this.#driver.execute('INSERT INTO exclude_accounts (account) VALUES (?)', [account]);
    for (const { domain, ip } of excludedDomains)
      await this.#driver.execute('INSERT INTO exclude_domains (domain, ip_address) VALUES (?, ?)', [
        domain,
        ip,
      ]);
  }

  /** Imports one list whole. */
  async importList(listId: number, userId: number, rows: readonly ImportedRow[]): Promise<void> {
    await this.#driver.transaction(async (session) => {
      // A commit whose answer was lost is tried again.
      const known = await session.query<object>('SELECT id FROM csv_list WHERE id = ?', [listId]);
      if (known.length > 0) return;
      await session.execute(
        'INSERT INTO csv_list (id, user_id, list_name, total_emails) VALUES (?, ?, ?, ?)',
        [listId, userId, `List ${listId}`, rows.length],
      );
      for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
        const part = rows.slice(from, from + ROWS_PER_STATEMENT);
        await session.execute(
          `INSERT INTO emails (id, raw_emailid, csv_list_id, user_id) VALUES ${part.map(() => '(?, ?, ?, ?)').join(', ')}`,
          part.flatMap(({ id, expected }) => [id, expected.email, listId, userId]),
        );
      }
    });
  }

  async pending(): Promise<number> {
    const [row] = await this.#driver.query<{ n: number }>(
      'SELECT COUNT(*) AS n FROM emails WHERE domain_processed = 0',
    );
    return Number(row!.n);
  }

  async rows(): Promise<CrmRow[]> {
    const rows = await this.#driver.query<Omit<CrmRow, 'isProcessed'> & { readonly processed: number }>(
      `SELECT id, csv_list_id AS listId, raw_emailid AS email, domain_processed AS processed,
         domain_status AS domainStatus, domain_verified AS domainVerified, validation_status AS verdict,
         validation_response AS response
       FROM emails ORDER BY id`,
    );
    return rows.map(({ processed, ...row }) => ({ ...row, isProcessed: Number(processed) === 1 }));
  }

  lists(): Promise<readonly CrmList[]> {
    return this.#driver.query<CrmList>(
      `SELECT id, user_id AS userId, list_name AS name, status, total_emails AS total,
         valid_count AS valid, invalid_count AS invalid
       FROM csv_list ORDER BY id`,
    );
  }

  changes(): Promise<readonly RowChange[]> {
    return this.#driver.query<RowChange>(
      'SELECT row_id AS rowId, was, became FROM crash_change ORDER BY number',
    );
  }

  /** What is left of claims and waits. */
  claims(): Promise<readonly object[]> {
    return this.#driver.query<object>('SELECT * FROM svc_row ORDER BY row_id');
  }

  /** All that the database says of a row, table by table. */
  async historyOf(rowId: number): Promise<string[]> {
    const tables = { emails: 'id', crash_change: 'row_id', svc_row: 'row_id', svc_verdict: 'row_id' };
    const lines: string[] = [];
    for (const [table, key] of Object.entries(tables)) {
      const rows = await this.#driver.query<object>(`SELECT * FROM ${table} WHERE ${key} = ?`, [rowId]);
      lines.push(...rows.map((row) => `${table}: ${JSON.stringify(row)}`));
    }
    return lines;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#driver.close();
  }
}
