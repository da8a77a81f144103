// Everything a crash test runs on: a private MariaDB whose commits outlive it, a small internet in this process, two
// servers of ours that share the database, and the CRM's side of it. Put up whole, taken down whole.

import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startInternet, type Internet } from '../support/internet/internet.ts';
import type { World } from '../support/internet/world.ts';
import { createDatabase, startMariaDb, type MariaDb } from '../support/mariadb.ts';
import { Crm } from './crm.ts';
import { Server } from './servers.ts';

const DATABASE = 'crash';
const LATENCY_MS = 15;
const SERVERS = ['alpha', 'beta'];
/** Seconds before each further attempt: longer than greylists hold, and enough of them for rows that are hit often. */
const RETRY_DELAYS_SECONDS = [2, 2, 2];
export const MAX_ATTEMPTS = RETRY_DELAYS_SECONDS.length + 1;
const LOCK_STALE_SECONDS = 10;
/** A process alone is stopped for less: the lock, refreshed twice in its time, must not go stale under a live holder. */
export const MAX_PAUSE_MS = (LOCK_STALE_SECONDS * 1000) / 2 - 500;

export class Laboratory implements AsyncDisposable {
  readonly folder: string;
  readonly mariadb: MariaDb;
  readonly internet: Internet;
  readonly servers: readonly Server[];
  readonly crm: Crm;
  /** The folder stays, to be looked at. */
  isKept = false;

  private constructor(parts: Pick<Laboratory, 'folder' | 'mariadb' | 'internet' | 'servers' | 'crm'>) {
    this.folder = parts.folder;
    this.mariadb = parts.mariadb;
    this.internet = parts.internet;
    this.servers = parts.servers;
    this.crm = parts.crm;
  }

  /** Puts everything up; the tables are there, and empty. */
  static async make(world: World): Promise<Laboratory> {
    const mariadb = await startMariaDb({ isDurable: true });
    if (mariadb === undefined) throw new Error('the crash test needs a MariaDB');
    await createDatabase(mariadb.socketPath, DATABASE);
    const internet = await startInternet(world, { latencyMs: LATENCY_MS });
    const folder = mkdtempSync(join(realpathSync(tmpdir()), 'smtp-validate-crash-'));
    const settings = settingsFor(internet, mariadb);
    const servers = SERVERS.map(
      (name, place) => new Server(name, join(folder, name), `127.20.0.${place + 1}`, settings),
    );
    const migrated = await servers[0]!.run(['migrate']);
    if (migrated.exitCode !== 0)
      throw new Error(`migrate ended with ${migrated.exitCode}: ${migrated.stderr}`);
    const crm = await Crm.open(mariadb.socketPath, DATABASE);
    await crm.importExclusions(world);
    return new Laboratory({ folder, mariadb, internet, servers, crm });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map((server) => server[Symbol.asyncDispose]()));
    await this.crm[Symbol.asyncDispose]();
    await this.internet.close();
    await this.mariadb.stop();
    if (!this.isKept) rmSync(this.folder, { recursive: true, force: true });
  }
}

// Small pools and slices: there is always something to kill that has much still to do.
function settingsFor(internet: Internet, mariadb: MariaDb): Readonly<Record<string, string>> {
  return {
    DB_SOCKET: mariadb.socketPath,
    DB_USER: 'root',
    DB_NAME: DATABASE,
    DNS_SERVERS: internet.dnsServer,
    SMTP_PORT: String(internet.smtpPort),
    ALLOW_PRIVATE_MX: 'true',
    SMTP_EHLO_NAME: 'verifier.example.net',
    SMTP_MAIL_FROM: 'probe@verifier.example.net',
    SIP_SMTP_SOCKET_TIMEOUT: '4',
    SMTP_CONNECT_TIMEOUT: '4',
    RETRY_DELAYS_SECONDS: RETRY_DELAYS_SECONDS.join(','),
    LOCK_STALE_SECONDS: String(LOCK_STALE_SECONDS),
    TOTAL_WORKERS_POOL: '4',
    MIN_WORKERS_PER_USER: '1',
    MIN_EMAILS_PER_WORKER: '5',
    MAX_SESSIONS_PER_WORKER: '4',
    MAX_ROWS_PER_SLICE: '25',
  };
}
