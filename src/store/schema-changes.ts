// How the tables of ours came to be what they are: version 1 is what schema.ts creates, and each later version adds to
// it what stands here. A new database goes the same way, so there is one definition of everything. A change only ever
// adds: a program of the version before goes on working beside it until the last server is updated.

/** A column that a later version added. It may be NULL: rows that were there before have nothing in it. */
export interface AddedColumn {
  /** The version that added it. */
  readonly version: number;
  readonly table: string;
  readonly name: string;
  readonly type: { readonly mysql: string; readonly sqlite: string };
  readonly why: string;
}

export const ADDED_COLUMNS: readonly AddedColumn[] = [
  {
    version: 2,
    table: 'svc_verdict',
    name: 'refused_with_all',
    type: { mysql: 'TINYINT NULL', sqlite: 'INTEGER NULL' },
    why: 'tells that a whole session was refused alike, which no single reply shows',
  },
  {
    version: 2,
    table: 'svc_verdict',
    name: 'revised_at',
    type: { mysql: 'BIGINT NULL', sqlite: 'INTEGER NULL' },
    why: 'tells when "reclassify" drew the conclusion anew',
  },
  {
    version: 3,
    table: 'svc_verdict',
    name: 'taken_from',
    type: { mysql: 'BIGINT NULL', sqlite: 'INTEGER NULL' },
    why: 'names the row of the same address that was asked about instead',
  },
  {
    version: 3,
    table: 'svc_verdict',
    name: 'taken_from_list',
    type: { mysql: 'BIGINT NULL', sqlite: 'INTEGER NULL' },
    why: 'names the list of that row, which may be gone by then',
  },
  {
    version: 3,
    table: 'svc_verdict',
    name: 'obtained_at',
    type: { mysql: 'BIGINT NULL', sqlite: 'INTEGER NULL' },
    why: 'tells when that row was asked about',
  },
  {
    version: 4,
    table: 'svc_verdict',
    name: 'took_ms',
    type: { mysql: 'INT NULL', sqlite: 'INTEGER NULL' },
    why: 'tells how long the last attempt took, so that a report can name slow domains',
  },
  {
    version: 4,
    table: 'svc_verdict',
    name: 'shadow',
    type: { mysql: 'TINYINT NULL', sqlite: 'INTEGER NULL' },
    why: 'tells that a shadow run came to it, which wrote nothing into emails',
  },
  {
    version: 4,
    table: 'svc_list',
    name: 'unknown_count',
    type: { mysql: 'BIGINT NULL', sqlite: 'INTEGER NULL' },
    why: 'keeps how many rows of a list ended as unknown, which the CRM does not count',
  },
];

/** The last version that added a table; tables stand in schema.ts. */
const TABLES_VERSION = 4;

/** The version that this program makes and knows. */
export const SCHEMA_VERSION = Math.max(TABLES_VERSION, ...ADDED_COLUMNS.map(({ version }) => version));

/** What svc_meta calls a version that was reached. Each has a row of its own: nothing there is ever overwritten. */
export function versionName(version: number): string {
  return version === 1 ? 'schema_version' : `schema_version_${version}`;
}

/** The highest version that these names and values in svc_meta speak of; 0 when none does. */
export function versionIn(settings: Iterable<readonly [name: string, value: string]>): number {
  const versions = [...settings]
    .filter(([name]) => /^schema_version(?:_\d+)?$/.test(name))
    .map(([, value]) => Number(value));
  return Math.max(0, ...versions);
}
