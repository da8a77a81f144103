// What the database has of the tables, indexes and later columns that this program knows. Looks only.

import { groupBy } from '../domain/group-by.ts';
import type { Driver } from './driver.ts';
import { ADDED_COLUMNS } from './schema-changes.ts';

export interface Catalog {
  hasTable(name: string): boolean;
  /** Of the columns that a later version added. */
  hasColumn(table: string, name: string): boolean;
  /** An index of that name, or any other that begins with these columns. */
  hasIndex(table: string, name: string, columns: readonly string[]): boolean;
  hasIndexNamed(table: string, name: string): boolean;
}

export async function readCatalog(driver: Driver): Promise<Catalog> {
  const { listTables, listIndexes, listColumns } = driver.dialect;
  const tables = new Set((await driver.query<{ name: string }>(listTables)).map(({ name }) => name));
  const indexed = await driver.query<{ tbl: string; idx: string; col: string }>(listIndexes);
  const indexes = groupBy(indexed, ({ tbl, idx }) => `${tbl}.${idx}`);
  const later = new Set<string>();
  for (const table of new Set(ADDED_COLUMNS.map((column) => column.table))) {
    const found = await driver.query<{ name: string }>(listColumns, [table]);
    for (const { name } of found) later.add(`${table}.${name}`);
  }
  const hasIndexNamed = (table: string, name: string) => indexes.has(`${table}.${name}`);
  return {
    hasTable: (name) => tables.has(name),
    hasColumn: (table, name) => later.has(`${table}.${name}`),
    hasIndexNamed,
    hasIndex: (table, name, columns) =>
      hasIndexNamed(table, name) ||
      [...indexes].some(
        ([key, has]) =>
          key.startsWith(`${table}.`) && columns.every((column, place) => has[place]?.col === column),
      ),
  };
}
