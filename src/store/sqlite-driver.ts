// The embedded database: one file, one server. Uses the SQLite inside Node where there is one (22.13 and
// later) and libsql, an optional package, elsewhere; neither is loaded before it is asked for.
// WAL with synchronous=NORMAL: a killed process loses nothing, a power cut at most the last commits.

import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { pause } from '../platform/clock.ts';
import { OperationalError } from '../platform/operational-error.ts';
import type { Driver, Session, SqlValue } from './driver.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { SQLITE_DIALECT } from './sqlite-dialect.ts';

export interface SqliteOptions {
  readonly type: 'sqlite';
  readonly file: string;
  /** False: a file that does not exist is an error, and none is made. */
  readonly create: boolean;
}

const TEXT = new TextDecoder('utf-8', { ignoreBOM: true });

const BUSY_WAIT_MS = 200;
const BUSY_PAUSE_MS = 50;
/** How long another process may keep the file; longer than any transaction of ours, shorter than a claim. */
const BUSY_FOR_MS = 10_000;

/** What node:sqlite and libsql have in common, as far as we use it. */
interface Library {
  prepare(sql: string): {
    all(...values: SqlValue[]): unknown[];
    run(...values: SqlValue[]): { changes: number | bigint };
  };
  exec(sql: string): void;
  close(): void;
}

/** Opens the file. Throws DATABASE_UNREACHABLE when it or a library for it is missing. */
export function openSqlite(options: SqliteOptions): Driver {
  const { file, create } = options;
  if (!existsSync(file)) {
    if (!create) {
      throw new OperationalError(
        'SCHEMA_MISSING',
        `there is no database file ${file} yet; "smtp-validate-cron migrate" creates it`,
        { fields: { file } },
      );
    }
  }
  try {
    if (create) makeFile(file);
    const library = openLibrary(file);
    library.exec(`PRAGMA busy_timeout = ${BUSY_WAIT_MS}`);
    library.exec('PRAGMA journal_mode = WAL');
    library.exec('PRAGMA synchronous = NORMAL');
    return driverOver(library, file);
  } catch (error) {
    throw explain(error, file);
  }
}

// SQLite makes a file that everybody may read; those that it makes beside it get the mode of the file.
function makeFile(file: string): void {
  if (file === ':memory:') return;
  mkdirSync(dirname(file), { recursive: true, mode: 0o750 });
  closeSync(openSync(file, 'a', 0o640));
}

function driverOver(library: Library, file: string): Driver {
  const inTurn = oneAtATime();
  const session: Session = {
    async query<Row extends object>(sql: string, values: readonly SqlValue[] = []) {
      return library
        .prepare(sql)
        .all(...values)
        .map((row) => withTexts(row as Row));
    },
    async execute(sql, values = []) {
      return Number(library.prepare(sql).run(...values).changes);
    },
  };
  const run = <T>(work: () => Promise<T>) =>
    inTurn(() =>
      whileBusy(work).catch((error: unknown) => {
        throw explain(error, file);
      }),
    );
  // The writer's place is asked for first, and alone: libsql leaves a statement that found it taken open, with what it had
  // read by then, and such a connection never writes again (libsql 0.5, 2026-11).
  const transaction = <T>(work: (session: Session) => Promise<T>) =>
    run(async () => {
      library.exec('BEGIN IMMEDIATE');
      try {
        const outcome = await work(session);
        library.exec('COMMIT');
        return outcome;
      } catch (error) {
        rollBack(library);
        throw error;
      }
    });
  const [{ version }] = library.prepare('SELECT sqlite_version() AS version').all() as [{ version: string }];
  return {
    dialect: SQLITE_DIALECT,
    description: `SQLite ${version}, file ${file}`,
    query: (sql, values) => run(() => session.query(sql, values)),
    execute: (sql, values) => transaction(() => session.execute(sql, values)),
    transaction,
    alter: (sql) =>
      run(async () => {
        library.exec(sql);
      }),
    // In turn as well: whoever still waits for a statement gets it.
    close: () => inTurn(async () => library.close()),
  };
}

// SQLite waits with the whole process, so it waits briefly, and between its tries everything else goes on: signals, timers
// and workers. Only what changed nothing is tried again: a statement, or a transaction that was rolled back.
async function whileBusy<T>(work: () => Promise<T>): Promise<T> {
  const until = performance.now() + BUSY_FOR_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error;
      await pause(BUSY_PAUSE_MS);
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && /database is locked|SQLITE_BUSY/.test(error.message);
}

function rollBack(library: Library): void {
  try {
    library.exec('ROLLBACK');
  } catch {
    // A full disk and the like have rolled back already; what happened first is what is told.
  }
}

/** The row with its BLOBs as the texts that they are. */
function withTexts<Row extends object>(row: Row): Row {
  const entries = Object.entries(row).map(([name, value]: [string, unknown]) =>
    value instanceof ArrayBuffer || value instanceof Uint8Array ? [name, TEXT.decode(value)] : [name, value],
  );
  return Object.fromEntries(entries) as Row;
}

function openLibrary(file: string): Library {
  const builtIn = loadBuiltIn();
  if (builtIn !== undefined) return new builtIn.DatabaseSync(file);
  try {
    const Libsql = createRequire(import.meta.url)('libsql') as new (file: string) => Library;
    return new Libsql(file);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'MODULE_NOT_FOUND') throw error;
    throw new OperationalError(
      'DATABASE_UNREACHABLE',
      `the embedded database needs Node 22.13 or later, or the optional package libsql ("npm install libsql"); or set DATABASE_URL to use MySQL`,
      { cause: error },
    );
  }
}

function loadBuiltIn(): { readonly DatabaseSync: new (file: string) => Library } | undefined {
  const { getBuiltinModule } = process as { getBuiltinModule?: (name: string) => unknown };
  if (getBuiltinModule === undefined) return undefined;
  // Node warns on stderr that node:sqlite is experimental; cron would mail that each minute.
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return getBuiltinModule('node:sqlite') as
      { readonly DatabaseSync: new (file: string) => Library } | undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

// Both libraries put SQLite's words into the message; libsql a code beside them.
function explain(error: unknown, file: string): unknown {
  if (error instanceof OperationalError || !(error instanceof Error)) return error;
  const words = error.message;
  const fields = { file };
  if (/no such (?:table|column|index)/i.test(words)) {
    return new OperationalError(
      'SCHEMA_MISSING',
      `the database file ${file} lacks something this program needs (${words}); run "smtp-validate-cron migrate"`,
      { cause: error, fields },
    );
  }
  if (
    /database is locked|unable to open|readonly|disk is full|disk I\/O|malformed|not a database/i.test(words)
  ) {
    return new OperationalError(
      'DATABASE_UNREACHABLE',
      `the database file ${file} cannot be used (${words}); nothing more is claimed now`,
      { cause: error, fields },
    );
  }
  return error;
}
