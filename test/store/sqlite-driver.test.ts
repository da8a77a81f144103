import { EventEmitter, once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { openSqlite } from '../../src/store/sqlite-driver.ts';

describe('openSqlite', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'svc-sqlite-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('makes the file and its folder when it may', async () => {
    const file = join(folder, 'storage', 'x.db');

    const driver = openSqlite({ type: 'sqlite', file, create: true });
    await driver.close();

    expect(existsSync(file)).toBe(true);
    expect(driver.description).toMatch(/^SQLite 3\.\d+\.\d+, file .*x\.db$/);
  });

  it('makes nothing when it may not, and says what would', () => {
    const file = join(folder, 'x.db');

    expect(() => openSqlite({ type: 'sqlite', file, create: false })).toThrow(
      expect.objectContaining({
        code: 'SCHEMA_MISSING',
        message: expect.stringContaining('migrate') as string,
      }),
    );
    expect(existsSync(file)).toBe(false);
  });

  it('says so when the file is no database', () => {
    const file = join(folder, 'x.db');
    writeFileSync(file, 'this is a letter, not a database; '.repeat(100));

    expect(() => openSqlite({ type: 'sqlite', file, create: true })).toThrow(
      expect.objectContaining({
        code: 'DATABASE_UNREACHABLE',
        message: expect.stringContaining(file) as string,
      }),
    );
  });

  it('waits for another process that has the file, and lets everything else go on meanwhile', async () => {
    const file = join(folder, 'x.db');
    const driver = openSqlite({ type: 'sqlite', file, create: true });
    const other = openSqlite({ type: 'sqlite', file, create: true });
    try {
      await driver.execute('CREATE TABLE t (a INTEGER)');
      const freed = new EventEmitter();
      const held = once(freed, 'now');
      const holding = other.transaction(() => held);
      let turns = 0;
      const ticking = setInterval(() => turns++, 5);

      const writing = driver.transaction((session) => session.execute('INSERT INTO t VALUES (1)'));
      await waitFor(() => turns > 3, 'timers go on while the file is locked');
      freed.emit('now');
      await Promise.all([writing, holding]);
      clearInterval(ticking);

      expect(await driver.query('SELECT a FROM t')).toEqual([{ a: 1 }]);
    } finally {
      await driver.close();
      await other.close();
    }
  });

  it('writes what it wanted to when another process wrote meanwhile', async () => {
    const file = join(folder, 'x.db');
    const driver = openSqlite({ type: 'sqlite', file, create: true });
    const other = openSqlite({ type: 'sqlite', file, create: true });
    try {
      await driver.execute('CREATE TABLE t (a INTEGER)');
      await driver.execute('INSERT INTO t VALUES (1), (2)');
      const freed = new EventEmitter();
      const held = once(freed, 'now');
      const holding = other.transaction(async (session) => {
        await session.execute('UPDATE t SET a = a + 10 WHERE a = 1');
        await held;
      });

      const writing = driver.execute('UPDATE t SET a = a + 100 WHERE a IN (SELECT a FROM t WHERE a < 20)');
      freed.emit('now');
      await holding;

      expect(await writing).toBe(2);
      expect(await other.query('SELECT a FROM t ORDER BY a')).toEqual([{ a: 102 }, { a: 111 }]);
    } finally {
      await driver.close();
      await other.close();
    }
  });

  it('undoes a transaction that throws, and keeps the statements of others out of one', async () => {
    const driver = openSqlite({ type: 'sqlite', file: join(folder, 'x.db'), create: true });
    try {
      await driver.execute('CREATE TABLE t (id INTEGER PRIMARY KEY)');

      const failing = driver.transaction(async (session) => {
        await session.execute('INSERT INTO t VALUES (1)');
        await new Promise((resolve) => setImmediate(resolve));
        throw new Error('a bug');
      });
      const other = driver.execute('INSERT INTO t VALUES (2)');

      await expect(failing).rejects.toThrow('a bug');
      await other;
      expect(await driver.query('SELECT id FROM t')).toEqual([{ id: 2 }]);
    } finally {
      await driver.close();
    }
  });
});
