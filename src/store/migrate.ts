// Creates what is missing and nothing else: on an empty database everything, on the CRM's own database our tables and
// missing indexes, on a database of an earlier version what was added since. What is missing is looked up, not taken
// from the version, so that a migration that was cut off goes on where it was; the version is written last, and
// keeps a program from working on tables that a later one has changed.

import { randomBytes } from 'node:crypto';
import { OperationalError } from '../platform/operational-error.ts';
import { type Catalog, readCatalog } from './catalog.ts';
import type { Driver, SqlValue } from './driver.ts';
import { CRM_INDEXES, CRM_TABLES, SERVICE_INDEXES, SERVICE_TABLES, type TableDefinition } from './schema.ts';
import { ADDED_COLUMNS, SCHEMA_VERSION, versionIn, versionName } from './schema-changes.ts';
import { PENDING_INDEX } from './schema-names.ts';

/** A statement that makes one missing thing. */
export interface MigrationStep {
  /** `table svc_row`, `column revised_at of svc_verdict`, `index svc_pending of emails`, `setting control_key`. */
  readonly creates: string;
  readonly why: string;
  readonly sql: string;
  readonly values?: readonly SqlValue[];
}

/**
 * The steps that are left, in order; none when nothing is missing. Changes nothing.
 * A database with `emails` and without `csv_list` is not the CRM's: SCHEMA_MISSING. One of a later version than this
 * program's: SCHEMA_TOO_NEW.
 */
export async function planMigration(driver: Driver): Promise<readonly MigrationStep[]> {
  const catalog = await readCatalog(driver);
  const settings = await readSettings(driver, catalog);
  refuseLaterVersion(versionIn(settings));
  return [
    ...tableSteps(driver, catalog, crmTablesFor(catalog)),
    ...tableSteps(driver, catalog, SERVICE_TABLES),
    ...columnSteps(driver, catalog),
    ...indexSteps(driver, catalog),
    ...settingSteps(driver, settings),
  ];
}

/**
 * Names what a migration would make. Of a database that was migrated to this version nothing is missing that is only hidden from
 * this account, since it was granted no right to it: RIGHTS_MISSING, with what to grant.
 */
export async function missingSchema(driver: Driver): Promise<readonly string[]> {
  const missing = (await planMigration(driver)).map(({ creates }) => creates);
  if (missing.includes(`setting ${versionName(SCHEMA_VERSION)}`)) return missing;
  for (const { name } of SERVICE_TABLES)
    if (missing.includes(`table ${name}`)) await refuseHidden(driver, name);
  return missing;
}

async function refuseHidden(driver: Driver, table: string): Promise<void> {
  try {
    await driver.query(`SELECT 1 FROM ${table} WHERE 1 = 0`);
  } catch (error) {
    if (!(error instanceof OperationalError) || error.code !== 'SCHEMA_MISSING') throw error;
  }
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

/** The settings in svc_meta. */
async function readSettings(driver: Driver, catalog: Catalog): Promise<ReadonlyMap<string, string>> {
  if (!catalog.hasTable('svc_meta')) return new Map();
  const rows = await driver.query<{ name: string; value: string }>('SELECT name, value FROM svc_meta');
  return new Map(rows.map(({ name, value }) => [name, value]));
}

function refuseLaterVersion(version: number): void {
  if (version <= SCHEMA_VERSION) return;
  throw new OperationalError(
    'SCHEMA_TOO_NEW',
    `the svc_* tables of this database are of version ${version}, and this program knows them up to version ${SCHEMA_VERSION}: ` +
      'a newer smtp-validate-cron has migrated them; nothing was done. Update this server as well',
    { fields: { version, known: SCHEMA_VERSION } },
  );
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

function columnSteps({ dialect }: Driver, catalog: Catalog): readonly MigrationStep[] {
  return ADDED_COLUMNS.filter(({ table, name }) => !catalog.hasColumn(table, name)).map(
    ({ table, name, type, why }) => ({
      creates: `column ${name} of ${table}`,
      why,
      // Without a word about the way: each version takes the cheapest that it knows, and writers go on.
      sql: `ALTER TABLE ${table} ADD COLUMN ${name} ${type[dialect.type]}`,
    }),
  );
}

function indexSteps({ dialect }: Driver, catalog: Catalog): readonly MigrationStep[] {
  const isMissing = ({ table, name, columns }: Omit<(typeof CRM_INDEXES)[number], 'why'>) =>
    // Ours is asked for by its name; any other may be called as the CRM likes.
    name === PENDING_INDEX ? !catalog.hasIndexNamed(table, name) : !catalog.hasIndex(table, name, columns);
  return [...CRM_INDEXES, ...SERVICE_INDEXES.map((index) => ({ ...index, why: 'claims are found along it' }))]
    .filter(
      // In MySQL a table that is created now brings its indexes, all but this one.
      ({ table, name }) => dialect.type === 'sqlite' || name === PENDING_INDEX || catalog.hasTable(table),
    )
    .filter(isMissing)
    .map(({ table, name, columns, why }) => ({
      creates: `index ${name} of ${table}`,
      why,
      sql: dialect.addIndex(table, name, columns),
    }));
}

function settingSteps({ dialect }: Driver, settings: ReadonlyMap<string, string>): readonly MigrationStep[] {
  const wanted = [
    {
      name: 'control_key',
      why: 'a secret of 32 random bytes, made when this runs: names the addresses that cannot exist',
      value: randomBytes(32).toString('hex'),
    },
    {
      name: versionName(SCHEMA_VERSION),
      why: `says that these tables are of version ${SCHEMA_VERSION}`,
      value: String(SCHEMA_VERSION),
    },
  ];
  return wanted
    .filter(({ name }) => !settings.has(name))
    .map(({ name, why, value }) => ({
      creates: `setting ${name}`,
      why,
      sql: `${dialect.insertIgnore} svc_meta (name, value) VALUES ('${name}', ?)`,
      values: [value],
    }));
}
