import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { denialIn, denialWords, grantFor, WRITTEN_COLUMNS } from '../../src/store/grants.ts';
import { CRM_TABLES, SERVICE_TABLES } from '../../src/store/schema.ts';

describe('denialIn', () => {
  it.each([
    {
      server: 'MariaDB 10.11',
      words: "SELECT command denied to user 'svc'@'10.0.0.7' for table `crm`.`svc_webhook`",
      denial: { right: 'SELECT', table: 'svc_webhook', column: undefined },
    },
    {
      server: 'MySQL 8',
      words: "INSERT, UPDATE command denied to user 'svc'@'10.0.0.7' for table 'svc_row'",
      denial: { right: 'INSERT, UPDATE', table: 'svc_row', column: undefined },
    },
    {
      server: 'either of a column',
      words: "UPDATE command denied to user 'svc'@'10.0.0.7' for column 'status' in table 'csv_list'",
      denial: { right: 'UPDATE', table: 'csv_list', column: 'status' },
    },
    {
      server: 'the driver, with the code in front',
      words:
        "ER_TABLEACCESS_DENIED_ERROR: DELETE command denied to user 'a for b'@'%' for table `my-crm`.`svc_meta`",
      denial: { right: 'DELETE', table: 'svc_meta', column: undefined },
    },
    {
      server: 'whoever wants a privilege of the server',
      words: 'Access denied; you need the PROCESS privilege for this operation',
      denial: undefined,
    },
  ])('reads the words of $server', ({ words, denial }) => {
    expect(denialIn(words)).toEqual(denial);
  });
});

describe('grantFor', () => {
  const granted = readFileSync('deploy/grants.sql', 'utf8').replace(/--.*$/gm, '').replace(/\s+/g, ' ');
  const rights = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];
  const columns = { emails: ['domain_status'], csv_list: ['status', 'total_emails'] };

  it.each([
    ...SERVICE_TABLES.flatMap(({ name }) => rights.map((right) => ({ table: name, right }))),
    ...CRM_TABLES.map(({ name }) => ({ table: name, right: 'SELECT' })),
    ...['emails', 'csv_list'].flatMap((table) => [
      { table, right: 'INSERT' },
      { table, right: 'UPDATE' },
    ]),
    ...Object.entries(columns).flatMap(([table, names]) =>
      names.map((column) => ({ table, right: 'UPDATE', column })),
    ),
  ])('grants $right $column on $table as deploy/grants.sql does', ({ table, right, ...of }) => {
    const { column }: { readonly column?: string } = of;
    const grant = grantFor({ table, right, column })!;

    expect(granted).toContain(`GRANT ${grant.replace(' ON ', ' ON crm.')} TO 'smtp_validate'@`);
    expect(grant).toContain(column ?? right);
  });

  it('knows no other table', () => {
    expect(grantFor({ table: 'invoices', right: 'SELECT', column: undefined })).toBeUndefined();
  });

  it('names all columns that are written', () => {
    expect(Object.keys(WRITTEN_COLUMNS)).toEqual(['emails', 'csv_list']);
  });
});

describe('denialWords', () => {
  const words = "SELECT command denied to user 'svc'@'10.0.0.7' for table `crm`.`svc_webhook`";

  it('names the table, the right, and the statement for this account', () => {
    expect(denialWords(words, { database: 'crm', account: 'svc@10.0.0.%' })).toBe(
      `does not allow this account SELECT on svc_webhook (${words}); have it granted, as in deploy/grants.sql: ` +
        "GRANT SELECT, INSERT, UPDATE, DELETE ON crm.svc_webhook TO 'svc'@'10.0.0.%'",
    );
  });

  it('names a column, and quotes what needs it', () => {
    const column = "UPDATE command denied to user 'a@b'@'%' for column 'status' in table 'csv_list'";

    expect(denialWords(column, { database: 'my-crm', account: 'a@b@%' })).toMatch(
      /UPDATE on column status of csv_list .* GRANT UPDATE \(status, valid_count, invalid_count\) ON `my-crm`\.csv_list TO 'a@b'@'%'$/,
    );
  });

  it('leads to the file where the words tell nothing', () => {
    expect(denialWords('Access denied', { database: 'crm', account: undefined })).toBe(
      'does not allow this account what it needs (Access denied); grant it what deploy/grants.sql does',
    );
  });
});
