import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { loadConfig } from '../../src/platform/config.ts';
import { maskDatabaseUrl, parseDatabaseUrl } from '../../src/platform/database-setting.ts';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'database-'));
  writeFileSync(join(cwd, 'password'), 'fr0m file\n');
});
afterAll(() => {
  rmSync(cwd, { recursive: true });
});

const MYSQL = {
  type: 'mysql',
  host: '127.0.0.1',
  port: 3306,
  socket: undefined,
  user: 'svc',
  password: '',
  database: 'crm',
};

describe('parseDatabaseUrl', () => {
  it.each([
    ['mysql://svc:pw@db.example.net:3307/crm', { host: 'db.example.net', port: 3307, password: 'pw' }],
    ['mariadb://svc@127.0.0.1/crm', {}],
    ['mysql://svc:p%40s%2Fs%25@127.0.0.1/crm', { password: 'p@s/s%' }],
    ['mysql://svc:pw@[::1]:3306/crm', { host: '::1', password: 'pw' }],
    [
      'mysql://svc@localhost/crm?socket=/run/mysqld/mysqld.sock',
      { host: 'localhost', socket: '/run/mysqld/mysqld.sock' },
    ],
    ['mysql://svc@localhost/crm?socketPath=/tmp/my.sock', { host: 'localhost', socket: '/tmp/my.sock' }],
  ])('reads %s', (url, expected) => {
    expect(parseDatabaseUrl(url)).toEqual({ ...MYSQL, ...expected });
  });

  it.each([
    'postgres://svc:pw@h/crm',
    'svc:pw@h/crm',
    'mysql://h/crm',
    'mysql://svc:pw@h',
    'mysql://svc:pw@h/',
    'mysql://svc:pw@h/a/b',
    'mysql://svc:pw@h:99999/crm',
    'mysql://svc:%zz@h/crm',
    'mysql://svc:pw@h/crm?ssl=true',
    'mysql://svc:pw@h/crm#x',
  ])('refuses %s', (url) => {
    expect(parseDatabaseUrl(url)).toEqual([{ key: 'DATABASE_URL', expected: expect.any(String) }]);
  });
});

describe('maskDatabaseUrl', () => {
  it.each([
    ['mysql://svc:geheim@h:3307/crm?password=geheim', 'mysql://svc:***@h:3307/crm'],
    ['mysql://svc:12#geheim@h/crm', 'mysql://***'],
    ['mysql://svc:12/geheim@h/crm', 'mysql://***'],
    ['mysql://svc:12?geheim@h/crm', 'mysql://***'],
    ['mysql://svc:x@y/geheim@h/crm', 'mysql://***'],
    ['mysql://svc:geheim@h:port/crm', 'mysql://***'],
    ['svc:geheim@h/crm', '***'],
  ])('shows %s as %s', (url, masked) => {
    expect(maskDatabaseUrl(url)).toBe(masked);
  });
});

describe('the database of the configuration', () => {
  it.each([
    [{ DATABASE_URL: 'mysql://svc@127.0.0.1/crm' }, {}],
    [{ DB_USER: 'svc', DB_NAME: 'crm' }, {}],
    [
      { DB_USER: 'svc', DB_NAME: 'crm', DB_HOST: 'db1', DB_PORT: '3307', DB_PASSWORD: 'a b ' },
      { host: 'db1', port: 3307, password: 'a b ' },
    ],
    [
      { DB_USER: 'svc', DB_NAME: 'crm', DB_SOCKET: '/run/my.sock', DB_PASSWORD_FILE: 'password' },
      { socket: '/run/my.sock', password: 'fr0m file' },
    ],
  ])('is read from %j', (env, expected) => {
    expect(load(env)).toEqual({ ...MYSQL, ...expected });
  });

  it.each([
    [
      { DB_HOST: 'db1' },
      [
        'DB_USER is not set: expected the account of the database, since DB_HOST is set',
        'DB_NAME is not set',
      ],
    ],
    [{ DB_USER: 'svc', DB_PASSWORD: 'geheim' }, ['DB_NAME is not set']],
    [
      { DATABASE_URL: 'mysql://svc:geheim@h/crm', DB_NAME: 'crm' },
      ['DB_NAME="crm" (from the environment): expected nothing, since DATABASE_URL'],
    ],
    [
      { DB_USER: 'svc', DB_NAME: 'crm', DB_PASSWORD: 'geheim', DB_PASSWORD_FILE: 'password' },
      ['DB_PASSWORD_FILE="password"'],
    ],
    [
      { DB_USER: 'svc', DB_NAME: 'crm', DB_PASSWORD_FILE: 'missing' },
      ['DB_PASSWORD_FILE="missing"', 'ENOENT'],
    ],
    [{ DATABASE_URL: 'mysql://svc:geheim@h/crm/x' }, ['DATABASE_URL="mysql://svc:***@h/crm/x"']],
    [{ DB_USER: 'a\u0000', DB_NAME: 'crm' }, ['DB_USER="a\\u0000"']],
  ])('is refused for %j, without showing a secret', (env, sentences) => {
    const refused = () => load(env as Record<string, string>);

    for (const sentence of sentences) expect(refused).toThrow(sentence);
    expect(refused).not.toThrow(/geheim/);
  });
});

function load(env: Record<string, string>) {
  return loadConfig({ cwd, env }).database;
}
