// The CRM's side of the embedded database, for demos and tests of the whole program: puts users' lists into its
// tables as an import does, and reads what became of them. The file itself is made by `migrate`.

import { openSqlite } from '../../src/store/sqlite-driver.ts';
import type { Driver } from '../../src/store/driver.ts';
import type { World } from './internet/world.ts';

/** A row of `emails` as the CRM sees it. */
export interface CrmRow {
  readonly id: number;
  readonly listId: number;
  readonly email: string;
  readonly isProcessed: boolean;
  readonly domainStatus: number;
  readonly domainVerified: number;
  readonly verdict: string;
  readonly response: string | null;
}

/** A row of `csv_list` as the CRM sees it. */
export interface CrmList {
  readonly id: number;
  readonly userId: number;
  readonly name: string;
  readonly status: string;
  readonly total: number;
  readonly valid: number;
  readonly invalid: number;
}

export interface EmbeddedDatabase extends AsyncDisposable {
  /** Adds the world's lists, all rows pending, and its exclusions. */
  importWorld(world: Pick<World, 'lists' | 'excludedAccounts' | 'excludedDomains'>): Promise<void>;
  countPending(): Promise<number>;
  rows(): Promise<CrmRow[]>;
  lists(): Promise<CrmList[]>;
}

const ROWS_PER_STATEMENT = 500;

/** Opens the file that `migrate` made; throws DATABASE_UNREACHABLE where there is none. */
export function openEmbeddedDatabase(file: string): EmbeddedDatabase {
  const driver = openSqlite({ type: 'sqlite', file, create: false });
  return {
    importWorld: (world) => importWorld(driver, world),
    countPending: async () => {
      const [row] = await driver.query<{ pending: number }>(
        'SELECT COUNT(*) AS pending FROM emails WHERE domain_processed = 0',
      );
      return row!.pending;
    },
    rows: async () => {
      const rows = await driver.query<Omit<CrmRow, 'isProcessed'> & { readonly processed: number }>(
        `SELECT id, csv_list_id AS listId, raw_emailid AS email, domain_processed AS processed,
  domain_status AS domainStatus, domain_verified AS domainVerified, validation_status AS verdict,
  validation_response AS response FROM emails ORDER BY id`,
      );
      return rows.map(({ processed, ...row }) => ({ ...row, isProcessed: processed === 1 }));
    },
    lists: async () => [
      ...(await driver.query<CrmList>(
        `SELECT id, user_id AS userId, list_name AS name, status, total_emails AS total,
  valid_count AS valid, invalid_count AS invalid FROM csv_list ORDER BY id`,
      )),
    ],
    [Symbol.asyncDispose]: () => driver.close(),
  };
}

async function importWorld(
  driver: Driver,
  { lists, excludedAccounts, excludedDomains }: Pick<World, 'lists' | 'excludedAccounts' | 'excludedDomains'>,
): Promise<void> {
  await driver.transaction(async (session) => {
    for (const [index, { userId, name, addresses }] of lists.entries()) {
      const listId = index + 1;
      await session.execute(
        "INSERT INTO csv_list (id, user_id, list_name, total_emails, status) VALUES (?, ?, ?, ?, 'pending')",
        [listId, userId, name, addresses.length],
      );
      for (let from = 0; from < addresses.length; from += ROWS_PER_STATEMENT) {
        const part = addresses.slice(from, from + ROWS_PER_STATEMENT);
        await session.execute(
          `INSERT INTO emails (raw_emailid, sp_account, sp_domain, csv_list_id, user_id) VALUES ${part.map(() => '(?, ?, ?, ?, ?)').join(', ')}`,
          part.flatMap(({ email }) => [email, ...split(email), listId, userId]),
        );
      }
    }
    for (const account of excludedAccounts) {
      await session.execute('INSERT INTO exclude_accounts (account) VALUES (?)', [account]);
    }
    for (const { domain, ip } of excludedDomains) {
      await session.execute('INSERT INTO exclude_domains (domain, ip_address) VALUES (?, ?)', [domain, ip]);
    }
  });
}

// As the CRM's import does: cut at the last @, whatever the text is.
function split(email: string): [string, string] {
  const at = email.lastIndexOf('@');
  return at < 0 ? [email, ''] : [email.slice(0, at), email.slice(at + 1)];
}
