// Which database the settings name: a URL, single DB_ keys, or none (the SQLite file). Reads the password
// file; opens no connection. What is wrong comes back as problems for config.ts to report with the others.

import { readSecret } from './secret-setting.ts';
import type { Problem } from './setting-problem.ts';
import type { SettingKey, Settings } from './settings.ts';

export interface MysqlSetting {
  readonly type: 'mysql';
  readonly host: string;
  readonly port: number;
  /** A local socket; where there is one, host and port are not used. */
  readonly socket: string | undefined;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export interface SqliteSetting {
  readonly type: 'sqlite';
  readonly file: string;
}

export type DatabaseSetting = MysqlSetting | SqliteSetting;

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 3306;
const URL_FORM = 'mysql://user:password@host:3306/database, with special characters percent-encoded';
const DB_KEYS = [
  'DB_HOST',
  'DB_PORT',
  'DB_SOCKET',
  'DB_USER',
  'DB_PASSWORD',
  'DB_PASSWORD_FILE',
  'DB_NAME',
] as const;

/** Gives the database that the settings name, or what is wrong with them. `sqliteFile` is used when they name none. */
export function readDatabaseSetting(
  settings: Partial<Settings>,
  cwd: string,
  sqliteFile: string,
): DatabaseSetting | readonly Problem[] {
  const given = DB_KEYS.filter((key) => settings[key] !== undefined);
  if (settings.DATABASE_URL !== undefined) {
    return given.length === 0
      ? parseDatabaseUrl(settings.DATABASE_URL)
      : given.map((key) => ({
          key,
          expected: 'nothing, since DATABASE_URL is set as well: keep one of the two',
        }));
  }
  if (given.length === 0) return { type: 'sqlite', file: sqliteFile };
  return readDatabaseKeys(settings, cwd, given);
}

/** Gives what a `mysql://` or `mariadb://` URL names; the port is 3306 unless it says another. */
export function parseDatabaseUrl(text: string): MysqlSetting | readonly Problem[] {
  if (!/^(?:mysql|mariadb):\/\//i.test(text) || !URL.canParse(text)) return urlProblem(URL_FORM);

  const url = new URL(text);
  const [user, password, database] = [url.username, url.password, url.pathname.slice(1)].map(decode);
  if (user === undefined || password === undefined || database === undefined) return urlProblem(URL_FORM);
  if (user === '') return urlProblem(`a user name: ${URL_FORM}`);
  if (database === '' || database.includes('/')) return urlProblem(`one database name: ${URL_FORM}`);
  if (url.hash !== '') return urlProblem(`# written as %23: ${URL_FORM}`);

  const unknown = [...url.searchParams.keys()].find((name) => name !== 'socket' && name !== 'socketPath');
  if (unknown !== undefined) return urlProblem('no parameter but ?socket=/path');
  const socket = url.searchParams.get('socket') ?? url.searchParams.get('socketPath') ?? undefined;

  return {
    type: 'mysql',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    socket,
    user,
    password,
    database,
  };
}

/** A DATABASE_URL as it may be shown: no password, no parameters, and only the scheme of one that cannot be read. */
export function maskDatabaseUrl(text: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? '';
  if (scheme === '' || !URL.canParse(text)) return `${scheme}***`;
  const { username, host, pathname } = new URL(text);
  // A password with an unencoded / # or ? spills into what then looks like host, port or path.
  if (username === '' || pathname.includes('@')) return `${scheme}***`;
  return `${scheme}${username}:***@${host}${pathname}`;
}

function urlProblem(expected: string): readonly Problem[] {
  return [{ key: 'DATABASE_URL', expected }];
}

function readDatabaseKeys(
  settings: Partial<Settings>,
  cwd: string,
  given: readonly SettingKey[],
): MysqlSetting | readonly Problem[] {
  const { DB_USER: user, DB_NAME: database } = settings;
  const password = readSecret(settings, cwd, 'DB_PASSWORD') ?? '';
  const problems: Problem[] = [];
  const asWell = `since ${given.join(', ')} ${given.length === 1 ? 'is' : 'are'} set`;
  if (user === undefined)
    problems.push({ key: 'DB_USER', expected: `the account of the database, ${asWell}` });
  if (database === undefined)
    problems.push({ key: 'DB_NAME', expected: `the name of the database, ${asWell}` });
  if (typeof password !== 'string') problems.push(password);
  if (user === undefined || database === undefined || typeof password !== 'string') return problems;

  return {
    type: 'mysql',
    host: settings.DB_HOST ?? DEFAULT_HOST,
    port: settings.DB_PORT ?? DEFAULT_PORT,
    socket: settings.DB_SOCKET,
    user,
    password,
    database,
  };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
