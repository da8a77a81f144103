// One connection to MySQL or MariaDB by mysql2, which is loaded only here and only when asked for.
// Repeats a whole transaction after a collision, connects again after a loss, and says in one sentence when
// neither helps. Every session gets the SQL mode this program was written for, whatever the server's default:
// under NO_BACKSLASH_ESCAPES the escaping of values would not be safe.

import type { Connection } from 'mysql2/promise';
import { pause } from '../platform/clock.ts';
import { OperationalError } from '../platform/operational-error.ts';
import type { Dialect, Driver, Session, SqlValue } from './driver.ts';
import { prepareGalera } from './galera.ts';
import { denialWords, type Grantee } from './grants.ts';
import { mysqlDialect } from './mysql-dialect.ts';
import { type Trouble, isWorthWaiting, troubleOf, wordsOf } from './mysql-errors.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { Outage, type Patience } from './outage.ts';

export interface MysqlOptions extends Patience {
  readonly type: 'mysql';
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly socketPath?: string | undefined;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** A statement that is silent this long hangs: only a schema change may take longer. */
const STATEMENT_TIMEOUT_MS = 120_000;
const MAX_COLLISIONS = 8;
// A server of ours that stands still in the middle of a transaction would keep its locks for hours, and the others from
// their rows and lists; a connection that was closed while it was idle is made anew.
const IDLE_SECONDS = 30;
// Not strict: where the CRM's column is narrower than a reply, the reply is cut; one row must not stop a batch.
const SESSION_SETTINGS =
  "SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION', autocommit = 1," +
  ` innodb_lock_wait_timeout = 10, lock_wait_timeout = 30, wait_timeout = ${IDLE_SECONDS}`;
// One question for both; only a server that was built for Galera has the second.
const WHAT_ARE_YOU = "SHOW VARIABLES WHERE Variable_name IN ('version', 'wsrep_on')";

/** Opens the connection; one attempt, for the next cycle is a minute away. Throws DATABASE_UNREACHABLE. */
export async function openMysql(options: MysqlOptions): Promise<Driver> {
  try {
    const { connection, version } = await connect(options);
    return new MysqlDriver(options, connection, version);
  } catch (error) {
    const hint =
      troubleOf(error) === 'lost' ? 'check host and port, and that the server runs' : 'nothing was begun';
    throw explain(error, options, { now: hint });
  }
}

class MysqlDriver implements Driver {
  readonly dialect: Dialect;
  readonly description: string;
  readonly #options: MysqlOptions;
  readonly #outage: Outage;
  readonly #inTurn = oneAtATime();
  #connection: Connection | undefined;
  #isClosed = false;

  constructor(options: MysqlOptions, connection: Connection, version: string) {
    this.#options = options;
    this.#outage = new Outage(nameOf(options), options);
    this.#connection = connection;
    this.dialect = mysqlDialect(version);
    const product = version.toLowerCase().includes('mariadb') ? 'MariaDB' : 'MySQL';
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
        if (!isWorthWaiting(troubleOf(error))) await session.execute('ROLLBACK');
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
      for (let collisions = 0; ;) {
        let connection: Connection | undefined;
        try {
          connection = await this.#connected();
          const outcome = await work(sessionOn(connection, timeoutMs));
          this.#outage.end();
          return outcome;
        } catch (error) {
          const trouble = troubleOf(error);
          if (isWorthWaiting(trouble)) {
            this.#drop(connection);
            if (await this.#outage.outlast(wordsOf(error))) continue;
          } else if (trouble === 'collision' && ++collisions <= MAX_COLLISIONS) {
            await pause(5 * 2 ** collisions * (0.5 + Math.random()));
            continue;
          }
          const account = trouble === 'denied' ? await accountOf(connection) : undefined;
          throw explain(error, this.#options, { account });
        }
      }
    });
  }

  async #connected(): Promise<Connection> {
    if (this.#isClosed) throw new Error('a statement was asked for after the store was closed');
    this.#connection ??= (await connect(this.#options)).connection;
    return this.#connection;
  }

  #drop(connection: Connection | undefined): void {
    if (this.#connection === connection) this.#connection = undefined;
    connection?.destroy();
  }
}

function sessionOn(connection: Connection, timeoutMs: number): Session {
  const run = (sql: string, values: readonly SqlValue[]) =>
    withinMs(timeoutMs, connection, connection.query({ sql, values: [...values] }));
  return {
    async query<Row extends object>(sql: string, values: readonly SqlValue[] = []) {
      const [rows] = await run(sql, values);
      return rows as unknown as readonly Row[];
    },
    async execute(sql, values = []) {
      const [header] = await run(sql, values);
      return (header as unknown as { affectedRows: number }).affectedRows;
    },
  };
}

// mysql2 has a limit as well, whose timer outlives a connection that is lost, and keeps the process for as long
// (mysql2 3.24, 2026-11).
async function withinMs<T>(limitMs: number, connection: Connection, answer: Promise<T>): Promise<T> {
  if (limitMs === 0) return answer;
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      connection.destroy();
      const error = new Error(`no answer within ${limitMs / 1000} s`);
      reject(Object.assign(error, { code: 'PROTOCOL_SEQUENCE_TIMEOUT' }));
    }, limitMs);
  });
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}

async function connect(
  options: MysqlOptions,
): Promise<{ readonly connection: Connection; readonly version: string }> {
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
    disableEval: true, // a parser compiled for each statement costs more than it saves: our answers are short
    enableKeepAlive: true,
    keepAliveInitialDelay: 10_000,
  });
  const ask = (sql: string) => withinMs(CONNECT_TIMEOUT_MS, connection, connection.query(sql));
  // The next statement learns of a loss while idle; without a listener the event would end the process.
  connection.on('error', () => undefined);
  try {
    await ask(SESSION_SETTINGS);
    const [rows] = await ask(WHAT_ARE_YOU);
    const found = rows as unknown as readonly { readonly Variable_name: string; readonly Value: string }[];
    const traits = new Map(found.map(({ Variable_name, Value }) => [Variable_name, Value]));
    if (traits.get('wsrep_on') === 'ON') await prepareGalera(ask);
    return { connection, version: traits.get('version') ?? '' };
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/** The account that we work under, as GRANT names it: its host may be a pattern, which an error does not tell. */
async function accountOf(connection: Connection | undefined): Promise<string | undefined> {
  try {
    const [rows] = (await connection?.query('SELECT CURRENT_USER() AS account')) ?? [];
    return (rows as unknown as readonly { readonly account: string }[] | undefined)?.[0]?.account;
  } catch {
    return undefined; // that it is lost as well is told by whoever asks next
  }
}

function placeOf({ host = '127.0.0.1', port = 3306, socketPath }: MysqlOptions): string {
  return socketPath ?? `${host}:${port}`;
}

function nameOf(options: MysqlOptions): string {
  return `MySQL at ${placeOf(options)}, database ${options.database},`;
}

const NOW = 'nothing more is claimed now; rows this server held are due again within five minutes';

const SENTENCES = {
  lost: (where, words, now) => `${where} is not reachable (${words}); ${now}`,
  crowded: (where, words, now) =>
    `${where} has no connection left for us (${words}); raise max_connections, or close what others keep open; ${now}`,
  'read-only': (where, words, now) =>
    `${where} takes no writes (${words}); name the primary in the settings, or end its read_only; ${now}`,
  collision: (where, words, now) =>
    `${where} kept refusing a transaction that others were in the way of (${words}); ${now}`,
  full: (where, words, now) => `${where} has no space left (${words}); free some on its disk; ${now}`,
  ill: (where, words, now) => `${where} could not do its work (${words}); see its error log; ${now}`,
  refused: (where, words) =>
    `${where} did not let us in (${words}); check user, password, database name and grants`,
  denied: (where, words, now, grantee) => `${where} ${denialWords(words, grantee)}; ${now}`,
  schema: (where, words) =>
    `${where} lacks something this program needs (${words}); run "smtp-validate-cron migrate"`,
} satisfies Record<
  Exclude<Trouble, 'unknown'> | 'ill',
  (where: string, words: string, now: string, grantee: Grantee) => string
>;

// HY000 is what a server says of its own troubles (a full disk, a broken table); what our SQL does wrong has a state of its
// own, and is a bug.
function explain(
  error: unknown,
  options: MysqlOptions,
  { now = NOW, account }: { readonly now?: string; readonly account?: string | undefined } = {},
): unknown {
  const known = troubleOf(error);
  const isIll = known === 'unknown' && (error as { sqlState?: unknown } | undefined)?.sqlState === 'HY000';
  const trouble = isIll ? 'ill' : known;
  if (trouble === 'unknown') return error;
  return new OperationalError(
    trouble === 'schema'
      ? 'SCHEMA_MISSING'
      : trouble === 'denied'
        ? 'RIGHTS_MISSING'
        : 'DATABASE_UNREACHABLE',
    SENTENCES[trouble](nameOf(options), wordsOf(error), now, { database: options.database, account }),
    { cause: error, fields: { at: placeOf(options), database: options.database } },
  );
}
