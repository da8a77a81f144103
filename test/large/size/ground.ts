// The ground of the measurements: one MariaDB with a buffer pool as a small production server has, databases of the
// sizes that are compared, and for each a folder from which the built program runs as an operator's.

import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { Connection } from 'mysql2/promise';
import { createConnection } from 'mysql2/promise';
import { createDatabase } from '../../support/mariadb.ts';
import { openStore } from '../../../src/store/open-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { fill, type Lists } from './tables.ts';

const PROGRAM = resolve('bin/smtp-validate-cron');
const BYTES_PER_ROW = 600; // 210 of data, as much of indexes, and the sort that makes these
const BUFFER_POOL_BYTES = 2 ** 30;

/** A filled and migrated database. */
export interface Site {
  readonly rows: number;
  readonly connection: Connection;
  /** Where the program runs. */
  readonly folder: string;
  openStore(): Promise<Store>;
}

export class Ground {
  readonly rows: number;
  readonly #socketPath: string;
  readonly #root: string;

  private constructor(socketPath: string, rows: number) {
    this.#socketPath = socketPath;
    this.rows = rows;
    this.#root = mkdtempSync(join(tmpdir(), 'svc-size-'));
  }

  /** Throws where the disk would be full before the end. */
  static async open(socketPath: string, rows: number): Promise<Ground> {
    const { bavail, bsize } = statfsSync(tmpdir());
    const needed = rows * BYTES_PER_ROW;
    if (bavail * bsize < needed * 1.5)
      throw new Error(`${rows} rows need ${Math.ceil(needed / 2 ** 30)} GB and more in ${tmpdir()}`);
    const connection = await createConnection({ socketPath, user: 'root' });
    await connection.query(`SET GLOBAL innodb_buffer_pool_size = ${BUFFER_POOL_BYTES}`);
    await connection.end();
    return new Ground(socketPath, rows);
  }

  /** Makes a database, gives it to `work` and drops it. */
  async withSite<T>(
    name: string,
    lists: readonly Lists[],
    state: 'pending' | 'decided',
    work: (site: Site) => Promise<T>,
  ): Promise<T> {
    const database = await createDatabase(this.#socketPath, name);
    const connection = await database.connect();
    try {
      const startedAt = performance.now();
      await fill(connection, lists, state);
      const filledAt = performance.now();
      const rows = lists.reduce((sum, group) => sum + group.lists * group.rowsPerList, 0);
      const folder = this.#folderFor(name);
      migrate(folder);
      await connection.query('ANALYZE TABLE emails, csv_list');
      const seconds = (ms: number) => (ms / 1000).toFixed(0);
      console.log(
        `${rows.toLocaleString('en')} ${state} rows: filled in ${seconds(filledAt - startedAt)} s, ` +
          `"migrate" with its index in ${seconds(performance.now() - filledAt)} s`,
      );
      const options = {
        type: 'mysql',
        socketPath: this.#socketPath,
        user: 'root',
        password: '',
        database: name,
      } as const;
      return await work({ rows, connection, folder, openStore: () => openStore(options) });
    } finally {
      await connection.end();
      await database.drop();
    }
  }

  /** One list of all the rows, the first user's, and lists of a thousand rows for up to 2,000 other users. */
  withPendingRows<T>(work: (site: Site) => Promise<T>): Promise<T> {
    const others = Math.min(2_000, Math.floor(this.rows / 5_000));
    const lists = [
      { lists: 1, rowsPerList: this.rows },
      { lists: others, rowsPerList: 1_000 },
    ];
    return this.withSite('size_pending', lists, 'pending', work);
  }

  async close(): Promise<void> {
    rmSync(this.#root, { recursive: true, force: true });
  }

  #folderFor(database: string): string {
    const folder = mkdtempSync(join(this.#root, `${database}-`));
    const settings = {
      DB_SOCKET: this.#socketPath,
      DB_USER: 'root',
      DB_NAME: database,
      SMTP_EHLO_NAME: 'verifier.example.net',
      SMTP_MAIL_FROM: 'probe@verifier.example.net',
      DNS_SERVERS: '127.0.0.1:9', // nothing is asked
    };
    const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
    writeFileSync(join(folder, '.env'), `${lines.join('\n')}\n`);
    return folder;
  }
}

function migrate(folder: string): void {
  const { status, stderr } = spawnSync(PROGRAM, ['migrate'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '' },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`migrate ended with ${status}: ${stderr}`);
}
