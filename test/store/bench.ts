// The databases that the store's tests run on: a MariaDB database and an SQLite file for each test file, with the
// schema in place, emptied before each test. `raw` stands beside the store: the CRM, or the eyes of the test.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, inject } from 'vitest';
import type { Result } from '../../src/domain/result.ts';
import { NO_OUTCOMES } from '../../src/domain/verdict.ts';
import type { Driver, SqlValue } from '../../src/store/driver.ts';
import { openMysql } from '../../src/store/mysql-driver.ts';
import { openStore, type StoreOptions, type StoreUse } from '../../src/store/open-store.ts';
import { SERVICE_TABLE_NAMES } from '../../src/store/schema-names.ts';
import { openSqlite } from '../../src/store/sqlite-driver.ts';
import type { ServerNote, UserNote } from '../../src/store/server-notes.ts';
import type { Store } from '../../src/store/store.ts';
import { createDatabase } from '../support/mariadb.ts';
import { someResult } from '../support/some-result.ts';

export interface Bench {
  readonly options: StoreOptions;
  readonly raw: Driver;
  /** Opens a store, as another server would; it is closed after the test. */
  open(use?: StoreUse): Promise<Store>;
  addList(list: Partial<ListRow> & { readonly id: number }): Promise<void>;
  /** Adds pending rows; what is not said is as the CRM's defaults have it. */
  addRows(ids: readonly number[], columns?: Readonly<Record<string, SqlValue>>): Promise<void>;
  /** Lets time pass for everything that is due at some time. */
  letPass(seconds: number): Promise<void>;
  column(sql: string, values?: readonly SqlValue[]): Promise<readonly SqlValue[]>;
}

export interface ListRow {
  readonly id: number;
  readonly user_id: number | null;
  readonly total_emails: number;
  readonly status: string;
  readonly ageSeconds: number;
}

/** What a test leaves behind; svc_meta holds what the migration wrote, and stays. */
const TABLES = [
  'emails',
  'csv_list',
  'exclude_accounts',
  'exclude_domains',
  ...SERVICE_TABLE_NAMES.filter((name) => name !== 'svc_meta'),
];

interface Ground {
  readonly options: StoreOptions;
  remove(): Promise<void>;
}

/** Runs `tests` once on each database; on MariaDB only where it is installed. */
export function onBothStores(file: string, tests: (bench: Bench) => void): void {
  onMariaDb(file, tests);
  describe('on SQLite', () => tests(benchOn(sqliteGround)));
}

export function onMariaDb(file: string, tests: (bench: Bench) => void): void {
  const socketPath = inject('mariadbSocket');
  describe.skipIf(socketPath === undefined)('on MariaDB', () =>
    tests(benchOn(() => mariadbGround(socketPath!, `store_${file}`))),
  );
}

export async function mariadbGround(socketPath: string, name: string): Promise<Ground> {
  const database = await createDatabase(socketPath, name);
  return {
    options: { type: 'mysql', socketPath, user: 'root', password: '', database: name },
    remove: database.drop,
  };
}

export async function sqliteGround(): Promise<Ground> {
  const folder = mkdtempSync(join(tmpdir(), 'svc-sqlite-'));
  return {
    options: { type: 'sqlite', file: join(folder, 'test.db'), create: true },
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function openRaw(options: StoreOptions): Promise<Driver> | Driver {
  return options.type === 'mysql' ? openMysql(options) : openSqlite(options);
}

function benchOn(makeGround: () => Promise<Ground>): Bench {
  let ground: Ground;
  let raw: Driver;
  let opened: Store[] = [];

  beforeAll(async () => {
    ground = await makeGround();
    raw = await openRaw(ground.options);
    const store = await openStore(ground.options);
    await store.migrate();
    await store[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    for (const table of TABLES) await raw.execute(`DELETE FROM ${table}`);
    await raw.execute("DELETE FROM svc_meta WHERE name IN ('rows_swept_to', 'lists_checked_to')");
  });
  afterEach(async () => {
    for (const store of opened) await store[Symbol.asyncDispose]();
    opened = [];
  });
  afterAll(async () => {
    await raw.close();
    await ground.remove();
  });

  return {
    get options() {
      return ground.options;
    },
    get raw() {
      return raw;
    },
    async open(use = {}) {
      const store = await openStore(ground.options, use);
      opened.push(store);
      return store;
    },
    async addList({ ageSeconds = 0, ...list }) {
      const row = { user_id: 1, total_emails: 0, status: 'pending', ...list };
      const created =
        ground.options.type === 'mysql'
          ? 'NOW() - INTERVAL ? SECOND'
          : "datetime('now', '-' || ? || ' seconds')";
      await raw.execute(
        `INSERT INTO csv_list (id, user_id, total_emails, status, created_at) VALUES (?, ?, ?, ?, ${created})`,
        [row.id, row.user_id, row.total_emails, row.status, ageSeconds],
      );
    },
    async addRows(ids, columns = {}) {
      const rows = ids.map((id) => ({
        id,
        raw_emailid: `u${id}@example.com`,
        csv_list_id: null,
        user_id: 1,
        ...columns,
      }));
      for (let at = 0; at < rows.length; at += 1000) {
        const some = rows.slice(at, at + 1000);
        const names = Object.keys(some[0]!);
        await raw.execute(
          `INSERT INTO emails (${names.join(', ')}) VALUES ${some.map(() => `(${names.map(() => '?').join(', ')})`).join(', ')}`,
          some.flatMap((row) => Object.values(row)),
        );
      }
    },
    async letPass(seconds) {
      await raw.execute('UPDATE svc_row SET due_at = due_at - ?', [seconds]);
      await raw.execute('UPDATE svc_turn SET waits_since = waits_since - ?', [seconds]);
    },
    async column(sql, values = []) {
      const rows = await raw.query<Record<string, SqlValue>>(sql, values);
      return rows.map((row) => Object.values(row)[0]!);
    },
  };
}

/** 32 hexadecimal digits that begin with `name`'s code points, so that a failure shows which. */
export function token(name: string): string {
  return Buffer.from(name).toString('hex').padEnd(32, '0').slice(0, 32);
}

export const SERVER_A = { server: 'alpha', cycleId: '20260101T000000-alpha' };
export const SERVER_B = { server: 'beta', cycleId: '20260101T000001-beta' };

export function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** The result of a probe that a server answered; override what the test is about. */
export function resultOf(
  row: { readonly id: number; readonly token: string },
  result: Partial<Result> = {},
): Result {
  return someResult({
    id: row.id,
    listId: undefined,
    email: `u${row.id}@example.com`,
    mx: 'mx.example.com',
    ms: 12,
    token: row.token,
    ...result,
  });
}

/** The result that puts a row off. */
export function deferralOf(
  row: { readonly id: number; readonly token: string },
  result: Partial<Result> = {},
): Result {
  return resultOf(row, {
    status: 'deferred',
    reason: 'greylisted',
    code: 450,
    response: '450 4.2.0 greylisted',
    retryInSeconds: 900,
    ...result,
  });
}

/** What server A says of itself; override what the test is about. */
export function noteOf(
  note: Partial<Omit<ServerNote, 'users'>> & {
    readonly users?: readonly (Partial<UserNote> & { readonly userId: number })[];
  } = {},
): ServerNote {
  return {
    ...SERVER_A,
    state: 'working',
    ageSeconds: 60,
    poolSize: 50,
    workers: 20,
    rowsInHand: 400,
    ...note,
    users: (note.users ?? []).map((user) => ({
      share: 25,
      workers: 10,
      rowsInHand: 200,
      counts: NO_OUTCOMES,
      ...user,
    })),
  };
}
