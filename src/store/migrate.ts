// Creates what is missing and nothing else: on an empty database everything, on the CRM's own database our
// tables and missing indexes. Knows no versions between which to convert, since there is only one so far.

import { randomBytes } from 'node:crypto';
import { OperationalError } from '../platform/operational-error.ts';
import { type Catalog, readCatalog } from './catalog.ts';
import type { Driver, SqlValue } from './driver.ts';
import {
  CRM_INDEXES,
  CRM_TABLES,
  PENDING_INDEX,
  SCHEMA_VERSION,
  SERVICE_TABLES,
  SQLITE_SERVICE_INDEXES,
  type TableDefinition,
} from './schema.ts';

/** A statement that makes one missing thing. */
export interface MigrationStep {
  /** `table svc_row`, `index svc_pending of emails`, `setting control_key`. */
  readonly creates: string;
  readonly why: string;
  readonly sql: string;
  readonly values?: readonly SqlValue[];
}

/**
 * The steps that are left, in order; none when nothing is missing. Changes nothing.
 * A database with `emails` and without `csv_list` is not the CRM's: SCHEMA_MISSING.
 */
export async function planMigration(driver: Driver): Promise<readonly MigrationStep[]> {
  const catalog = await readCatalog(driver);
  return [
    ...tableSteps(driver, catalog, crmTablesFor(catalog)),
    ...tableSteps(driver, catalog, SERVICE_TABLES),
    ...indexSteps(driver, catalog),
    ...(await settingSteps(driver, catalog)),
  ];
}

/** Takes the steps until none is left. Two servers may do so at once: whoever comes second finds it done. */
export async function migrate(driver: Driver): Promise<void> {
  let [step] = await planMigration(driver);
  while (step !== undefined) {
    const taken = step;
    const failure = await take(driver, taken).catch((error: unknown) => ({ error }));
    [step] = await planMigration(driver);
    if (step?.creates !== taken.creates) continue; // there now, whoever made it
    throw failure?.error ?? new Error(`${taken.creates} is still missing after: ${taken.sql}`);
  }
}

/** The secret that all servers of this installation share, 64 hexadecimal digits. */
export async function controlKey(driver: Driver): Promise<string> {
  const [row] = await driver.query<{ value: string }>(
    "SELECT value FROM svc_meta WHERE name = 'control_key'",
  );
  if (row !== undefined) return row.value;
  throw new OperationalError(
    'SCHEMA_MISSING',
    'the database has no control key yet; run "smtp-validate-cron migrate"',
  );
}

async function take(driver: Driver, { sql, values }: MigrationStep): Promise<undefined> {
  if (values === undefined) await driver.alter(sql);
  else await driver.execute(sql, values);
  return undefined;
}

/** All of them, emails last, while there is no emails: so a migration that was cut off goes on where it was. */
function crmTablesFor(catalog: Catalog): readonly TableDefinition[] {
  if (!catalog.hasTable('emails')) return CRM_TABLES;
  if (catalog.hasTable('csv_list')) return [];
  throw new OperationalError(
    'SCHEMA_MISSING',
    'this database has emails but no csv_list, so it is not the whole of a CRM: check its name; nothing was changed',
  );
}

function tableSteps(
  driver: Driver,
  catalog: Catalog,
  tables: readonly TableDefinition[],
): readonly MigrationStep[] {
  return tables
    .filter(({ name }) => !catalog.hasTable(name))
    .map((table) => ({ creates: `table ${table.name}`, why: table.why, sql: table[driver.dialect.type] }));
}

function indexSteps({ dialect }: Driver, catalog: Catalog): readonly MigrationStep[] {
  const isMissing = ({ table, name, columns }: Omit<(typeof CRM_INDEXES)[number], 'why'>) =>
    // Ours is asked for by its name; any other may be called as the CRM likes.
    name === PENDING_INDEX ? !catalog.hasIndexNamed(table, name) : !catalog.hasIndex(table, name, columns);
  // In MySQL a table that is created now brings its indexes, all but ours.
  const wanted = CRM_INDEXES.filter(
    ({ table, name }) => dialect.type === 'sqlite' || name === PENDING_INDEX || catalog.hasTable(table),
  );
  const own = dialect.type === 'sqlite' ? SQLITE_SERVICE_INDEXES : [];
  return [...wanted, ...own.map((index) => ({ ...index, why: 'claims are found along it' }))]
    .filter(isMissing)
    .map(({ table, name, columns, why }) => ({
      creates: `index ${name} of ${table}`,
      why,
      sql: dialect.addIndex(table, name, columns),
    }));
}

async function settingSteps(driver: Driver, catalog: Catalog): Promise<readonly MigrationStep[]> {
  const stored = catalog.hasTable('svc_meta')
    ? await driver.query<{ name: string }>('SELECT name FROM svc_meta')
    : [];
  const names = new Set(stored.map(({ name }) => name));
  const insert = (name: string) =>
    `${driver.dialect.insertIgnore} svc_meta (name, value) VALUES ('${name}', ?)`;
  return [
    {
      creates: 'setting control_key',
      why: 'a secret of 32 random bytes, made when this runs: names the addresses that cannot exist',
      sql: insert('control_key'),
      values: [randomBytes(32).toString('hex')],
    },
    {
      creates: 'setting schema_version',
      why: `says that these tables are version ${SCHEMA_VERSION}`,
      sql: insert('schema_version'),
      values: [SCHEMA_VERSION],
    },
  ].filter(({ creates }) => !names.has(creates.replace('setting ', '')));
}
