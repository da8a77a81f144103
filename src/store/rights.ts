// What the account of the daily work may do, and what of it it lacks. Asked by statements that touch no row: the server
// looks at the rights before it looks for rows, whether they come from a role, a database or single columns.

import { OperationalError } from '../platform/operational-error.ts';
import type { Catalog } from './catalog.ts';
import type { Driver } from './driver.ts';
import { WRITTEN_COLUMNS } from './grants.ts';
import { CRM_TABLES, SERVICE_TABLES } from './schema.ts';

export interface Right {
  /** `UPDATE (status) ON csv_list`, as GRANT writes it. */
  readonly name: string;
  readonly table: string;
  /** Needs the right and does nothing. */
  readonly trial: string;
}

export const NEEDED_RIGHTS: readonly Right[] = [
  ...CRM_TABLES.flatMap(({ name }) => [mayRead(name), ...mayWrite(name, WRITTEN_COLUMNS[name] ?? [])]),
  ...SERVICE_TABLES.flatMap(({ name, mysql }) => [mayRead(name), ...mayKeep(name, firstColumnOf(mysql))]),
];

/** Names the rights that are lacking. What else keeps a statement from running is thrown. */
export async function findMissingRights(driver: Driver, catalog: Catalog): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const { name, table, trial } of NEEDED_RIGHTS) {
    // A table of the CRM's that is not there is none that is needed. One of ours may be there and hidden from us.
    const isExpected = catalog.hasTable(table) || SERVICE_TABLES.some((known) => known.name === table);
    if (isExpected && (await isDenied(driver, trial))) missing.push(name);
  }
  return missing;
}

const EXCLUSION_TABLES = ['exclude_accounts', 'exclude_domains'] as const;

export type ExclusionTable = (typeof EXCLUSION_TABLES)[number];

/** Names the optional tables that this account may not read, whether or not they are there: it is told the same of both. */
export async function findHiddenExclusions(driver: Driver): Promise<readonly ExclusionTable[]> {
  const hidden: ExclusionTable[] = [];
  for (const table of EXCLUSION_TABLES) if (await isDenied(driver, mayRead(table).trial)) hidden.push(table);
  return hidden;
}

async function isDenied(driver: Driver, trial: string): Promise<boolean> {
  try {
    await driver.execute(trial);
    return false;
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    if (error.code === 'SCHEMA_MISSING') return false; // `migrate` tells what is not there
    if (error.code === 'RIGHTS_MISSING') return true;
    throw error;
  }
}

function mayRead(table: string): Right {
  return { name: `SELECT ON ${table}`, table, trial: `SELECT * FROM ${table} WHERE 1 = 0` };
}

function mayWrite(table: string, columns: readonly string[]): Right[] {
  if (columns.length === 0) return [];
  const set = columns.map((column) => `${column} = ${column}`).join(', ');
  const name = `UPDATE (${columns.join(', ')}) ON ${table}`;
  return [{ name, table, trial: `UPDATE ${table} SET ${set} WHERE 1 = 0` }];
}

function mayKeep(table: string, column: string): Right[] {
  return [
    { name: `INSERT ON ${table}`, table, trial: `INSERT INTO ${table} SELECT * FROM ${table} WHERE 1 = 0` },
    { name: `UPDATE ON ${table}`, table, trial: `UPDATE ${table} SET ${column} = ${column} WHERE 1 = 0` },
    { name: `DELETE ON ${table}`, table, trial: `DELETE FROM ${table} WHERE 1 = 0` },
  ];
}

function firstColumnOf(definition: string): string {
  return /\(\s*(\w+)/.exec(definition)![1]!;
}
