// What an account may not do, read from the words in which MySQL and MariaDB refuse it, and the GRANT that gives it, as
// deploy/grants.sql has it: a test holds the two together. Pure.

/** Columns of the CRM's tables that the daily work writes; all others are only read. */
export const WRITTEN_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  emails: [
    'domain_processed',
    'domain_status',
    'domain_verified',
    'validation_status',
    'validation_response',
  ],
  csv_list: ['status', 'valid_count', 'invalid_count'],
};

/** What whoever makes lists by `import` may besides. */
const FOR_IMPORTS: Readonly<Record<string, string>> = {
  emails: 'INSERT',
  csv_list: 'INSERT, UPDATE (total_emails)',
};

export interface Denial {
  readonly table: string;
  /** `SELECT`, `INSERT, UPDATE`. */
  readonly right: string;
  /** Undefined where it is about the table as a whole. */
  readonly column: string | undefined;
}

// MariaDB 10.11: … for table `crm`.`svc_row`; all others: … for table 'svc_row', … for column 'status' in table 'csv_list'.
const DENIED =
  /([A-Z][A-Z, ]*) command denied to user .*? for (?:column '([^']*)' in )?table (?:`[^`]*`\.)?['`]([^'`]+)['`]/;

/** Gives what was refused; undefined where the words do not tell. */
export function denialIn(words: string): Denial | undefined {
  const [, right, column, table] = DENIED.exec(words) ?? [];
  return right === undefined || table === undefined ? undefined : { table, right, column };
}

/** Gives what GRANT names for it, the table's name included; undefined for a table that is nothing to this program. */
export function grantFor({ table, right, column }: Denial): string | undefined {
  const rights = rightsOn(table, right, column);
  return rights === undefined ? undefined : `${rights} ON ${table}`;
}

function rightsOn(table: string, right: string, column: string | undefined): string | undefined {
  if (table.startsWith('svc_')) return 'SELECT, INSERT, UPDATE, DELETE';
  if (table.startsWith('exclude_')) return 'SELECT';
  const written = WRITTEN_COLUMNS[table];
  if (written === undefined) return undefined;
  if (right.includes('INSERT') || (column !== undefined && right === 'UPDATE' && !written.includes(column)))
    return FOR_IMPORTS[table];
  return right.includes('UPDATE') ? `UPDATE (${written.join(', ')})` : 'SELECT';
}

/** Whose rights they are. */
export interface Grantee {
  readonly database: string;
  /** What CURRENT_USER() says; undefined where it was not to be had. */
  readonly account: string | undefined;
}

/** Says what is refused, and what whoever administers the database is to do. */
export function denialWords(words: string, grantee: Grantee): string {
  const denial = denialIn(words);
  const grant = denial && grantFor(denial);
  const what =
    denial === undefined
      ? 'what it needs'
      : `${denial.right} on ${denial.column === undefined ? '' : `column ${denial.column} of `}${denial.table}`;
  const todo =
    grant === undefined
      ? 'grant it what deploy/grants.sql does'
      : `have it granted, as in deploy/grants.sql: ${grantStatement(grant, grantee)}`;
  return `does not allow this account ${what} (${words}); ${todo}`;
}

/** `GRANT SELECT ON crm.emails TO 'svc'@'10.0.0.%'`. */
function grantStatement(grant: string, { database, account }: Grantee): string {
  const [rights, table = ''] = grant.split(' ON ');
  const place = /^\w+$/.test(database) ? database : `\`${database.replaceAll('`', '``')}\``;
  return `GRANT ${rights} ON ${place}.${table} TO ${account === undefined ? 'this account' : quoted(account)}`;
}

/** The host stands behind the last @: a user's name may hold one. */
function quoted(account: string): string {
  const at = account.lastIndexOf('@');
  return at < 0 ? `'${account}'` : `'${account.slice(0, at)}'@'${account.slice(at + 1)}'`;
}
