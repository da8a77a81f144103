// One connection to MySQL or MariaDB by mysql2, which is loaded only here and only when asked for.
// Repeats a whole transaction after a collision, connects again after a loss, and says in one sentence when
// neither helps. Every session gets the SQL mode this program was written for, whatever the server's default:
// under NO_BACKSLASH_ESCAPES the escaping of values would not be safe.

import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import { OperationalError } from '../platform/operational-error.ts';
import type { Dialect, Driver, Session, SqlValue } from './driver.ts';
import { prepareGalera } from './galera.ts';
import { inTime } from './in-time.ts';
import { mysqlDialect } from './mysql-dialect.ts';
import { type Trouble, troubleOf, wordsOf } from './mysql-errors.ts';
import { oneAtATime } from './one-at-a-time.ts';

export interface MysqlOptions {
  readonly type: 'mysql';
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly socketPath?: string | undefined;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** How long a lost connection is tried again. Longer than a restart of the server, shorter than a claim. */
  readonly reconnectForMs?: number | undefined;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** A statement that is silent this long hangs: only a schema change may take longer. */
const STATEMENT_TIMEOUT_MS = 120_000;
const RECONNECT_FOR_MS = 10_000;
const MAX_COLLISIONS = 8;
const MAX_LOSSES = 5;
// Not strict: where the CRM's column is narrower than a reply, the reply is cut; one row must not stop a batch.
const SESSION_SETTINGS =
  "SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION', autocommit = 1," +
  ' innodb_lock_wait_timeout = 10, lock_wait_timeout = 30';

/** Opens the connection; one attempt, for the next cycle is a minute away. Throws DATABASE_UNREACHABLE. */
export async function openMysql(options: MysqlOptions): Promise<Driver> {
  const connection = await connect(options).catch((error: unknown) => {
    throw explain(error, options, 'check host and port, and that the server runs');
  });
  const [rows] = await connection.query('SELECT VERSION() AS version');
  const { version } = (rows as { version: string }[])[0]!;
  return new MysqlDriver(options, connection, version);
}

class MysqlDriver implements Driver {
  readonly dialect: Dialect;
  readonly description: string;
  readonly #options: MysqlOptions;
  readonly #inTurn = oneAtATime();
  #connection: Connection | undefined;
  #isClosed = false;

  constructor(options: MysqlOptions, connection: Connection, version: string) {
    this.#options = options;
    this.#connection = connection;
    this.dialect = mysqlDialect(version);
    const product = /mariadb/i.test(version) ? 'MariaDB' : 'MySQL';
    const [, number = version] = /^(?:5\.5\.5-)?(\d+(?:\.\d+)+)/.exec(version) ?? [];
    this.description = `${product} ${number} at ${placeOf(options)}, database ${options.database}`;
  }

  query<Row extends object>(sql: string, values: readonly SqlValue[] = []): Promise<readonly Row[]> {
    return this.#run((session) => session.query<Row>(sql, values));
  }

  execute(sql: string, values: readonly SqlValue[] = []): Promise<number> {
    return this.#run((session) => session.execute(sql, values));
  }

  transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#run(async (session) => {
      await session.execute('START TRANSACTION');
      try {
        const outcome = await work(session);
        await session.execute('COMMIT');
        return outcome;
      } catch (error) {
        // A lock wait timeout undoes only its statement. On a lost connection the server rolls back itself.
        if (troubleOf(error) !== 'lost') await session.execute('ROLLBACK');
        throw error;
      }
    });
  }

  async alter(sql: string): Promise<void> {
    await this.#run((session) => session.execute(sql), 0);
  }

  /** In turn as well: whoever still waits for a statement gets it. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      const connection = this.#connection;
      this.#connection = undefined;
      this.#isClosed = true;
      await connection?.end().catch(() => connection.destroy());
    });
  }

  #run<T>(work: (session: Session) => Promise<T>, timeoutMs = STATEMENT_TIMEOUT_MS): Promise<T> {
    return this.#inTurn(async () => {
      const failures = { collision: 0, lost: 0 };
      for (;;) {
        const connection = await this.#connected();
        try {
          return await work(sessionOn(connection, timeoutMs));
        } catch (error) {
          const trouble = troubleOf(error);
          if (trouble === 'lost') this.#drop(connection);
          if (trouble !== 'lost' && trouble !== 'collision') throw explain(error, this.#options);
          failures[trouble]++;
          if (failures.collision > MAX_COLLISIONS || failures.lost > MAX_LOSSES)
            throw explain(error, this.#options);
          if (trouble === 'collision') await pause(5 * 2 ** failures.collision * (0.5 + Math.random()));
        }
      }
    });
  }

  async #connected(): Promise<Connection> {
    if (this.#isClosed) throw new Error('a statement was asked for after the store was closed');
    if (this.#connection !== undefined) return this.#connection;
    const until = performance.now() + (this.#options.reconnectForMs ?? RECONNECT_FOR_MS);
    for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, 2_000)) {
      try {
        const connection = await connect(this.#options);
        this.#connection = connection;
        return connection;
      } catch (error) {
        const nextMs = waitMs * (0.5 + Math.random());
        if (troubleOf(error) !== 'lost' || performance.now() + nextMs > until)
          throw explain(error, this.#options);
        await pause(nextMs);
      }
    }
  }

  #drop(connection: Connection): void {
    if (this.#connection === connection) this.#connection = undefined;
    connection.destroy();
  }
}

function sessionOn(connection: Connection, timeoutMs: number): Session {
  const ask = (sql: string, values: readonly SqlValue[]) =>
    inTime(connection.query({ sql, values: [...values] }), timeoutMs);
  return {
    async query<Row extends object>(sql: string, values: readonly SqlValue[] = []) {
      const [rows] = await ask(sql, values);
      return rows as unknown as readonly Row[];
    },
    async execute(sql, values = []) {
      const [header] = await ask(sql, values);
      return (header as unknown as { affectedRows: number }).affectedRows;
    },
  };
}

async function connect(options: MysqlOptions): Promise<Connection> {
  const { createConnection } = await import('mysql2/promise');
  const connection = await createConnection({
    ...(options.socketPath === undefined
      ? { host: options.host ?? '127.0.0.1', port: options.port ?? 3306 }
      : { socketPath: options.socketPath }),
    user: options.user,
    password: options.password,
    database: options.database,
    charset: 'UTF8MB4_UNICODE_CI',
    connectTimeout: CONNECT_TIMEOUT_MS,
    flags: ['FOUND_ROWS'], // affectedRows counts matched rows, not changed ones
    multipleStatements: false,
    stringifyObjects: true,
    supportBigNumbers: true,
    decimalNumbers: true,
    dateStrings: true,
    enableKeepAlive: true,
    keepAliveInitialDelay: 10_000,
  });
  // The next statement learns of a loss while idle; without a listener the event would end the process.
  connection.on('error', () => undefined);
  try {
    await inTime(connection.query(SESSION_SETTINGS), CONNECT_TIMEOUT_MS);
    await prepareGalera(connection, CONNECT_TIMEOUT_MS);
  } catch (error) {
    connection.destroy();
    throw error;
  }
  return connection;
}

function placeOf({ host = '127.0.0.1', port = 3306, socketPath }: MysqlOptions): string {
  return socketPath ?? `${host}:${port}`;
}

const NOW = 'nothing more is claimed now; rows this server held are due again within five minutes';

const SENTENCES = {
  lost: (where, words, now) => `${where} is not reachable (${words}); ${now}`,
  collision: (where, words, now) =>
    `${where} kept refusing a transaction that others were in the way of (${words}); ${now}`,
  ill: (where, words, now) => `${where} could not do its work (${words}); ${now}`,
  refused: (where, words) =>
    `${where} did not let us in (${words}); check user, password, database name and grants`,
  forbidden: (where, words) =>
    `${where} does not let us work (${words}); check grants, disk space and read_only`,
  schema: (where, words) =>
    `${where} lacks something this program needs (${words}); run "smtp-validate-cron migrate"`,
} satisfies Record<
  Exclude<Trouble, 'unknown'> | 'ill',
  (where: string, words: string, now: string) => string
>;

// HY000 is what a server says of its own troubles (a full disk, a broken table); what our SQL does wrong has a state of its
// own, and is a bug.
function explain(error: unknown, options: MysqlOptions, now = NOW): unknown {
  const known = troubleOf(error);
  const isIll = known === 'unknown' && (error as { sqlState?: unknown } | undefined)?.sqlState === 'HY000';
  const trouble = isIll ? 'ill' : known;
  if (trouble === 'unknown') return error;
  const where = `MySQL at ${placeOf(options)}, database ${options.database},`;
  return new OperationalError(
    trouble === 'schema' ? 'SCHEMA_MISSING' : 'DATABASE_UNREACHABLE',
    SENTENCES[trouble](where, wordsOf(error), now),
    { cause: error, fields: { at: placeOf(options), database: options.database } },
  );
}
