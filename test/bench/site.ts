// What a benchmark's program works on: a database with the lists in it, and for each of our servers a folder with
// settings, logs and storage, as an operator has them.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Connection } from 'mysql2/promise';
import { createDatabase } from '../support/mariadb.ts';
import type { Internet } from './internet.ts';
import { cpuMsOf } from './run-measured.ts';
import type { BenchAddress } from './world.ts';

export const PROGRAM = resolve('bin/smtp-validate-cron');
const ROWS_PER_STATEMENT = 1_000;
const LOOK_EVERY_MS = 50;

export interface SiteOptions {
  readonly socketPath: string;
  readonly name: string;
  /** Where the servers' folders are made. */
  readonly root: string;
  readonly internet: Internet;
  readonly settings: Readonly<Record<string, string>>;
}

/** What the database server did. */
export interface DatabaseCost {
  readonly cpuMs: number;
  readonly statements: number;
}

export class Site implements AsyncDisposable {
  readonly #options: SiteOptions;
  readonly #connection: Connection;
  readonly #drop: () => Promise<void>;
  #ownStatements = 0;

  private constructor(options: SiteOptions, connection: Connection, drop: () => Promise<void>) {
    this.#options = options;
    this.#connection = connection;
    this.#drop = drop;
  }

  /** Makes and migrates the database, and imports a list for each user. */
  static async make(options: SiteOptions, addresses: readonly BenchAddress[]): Promise<Site> {
    const database = await createDatabase(options.socketPath, options.name);
    const site = new Site(options, await database.connect(), database.drop);
    execFileSync(PROGRAM, ['migrate'], {
      cwd: site.addServer('import'),
      env: environment(),
      stdio: ['ignore', 'ignore', 'pipe'], // told where it fails
    });
    await site.#import(addresses);
    return site;
  }

  /** Makes the folder of one of our servers. */
  addServer(name: string, settings: Readonly<Record<string, string>> = {}): string {
    const { socketPath, name: database, root, internet } = this.#options;
    const folder = join(root, `${database}-${name}`);
    mkdirSync(folder);
    const lines = Object.entries({
      DB_SOCKET: socketPath,
      DB_USER: 'root',
      DB_NAME: database,
      SERVER_ID: name,
      SMTP_EHLO_NAME: 'verifier.example.net',
      SMTP_MAIL_FROM: 'probe@verifier.example.net',
      SMTP_PORT: String(internet.smtpPort),
      DNS_SERVERS: internet.dnsServer,
      ALLOW_PRIVATE_MX: 'true',
      ...this.#options.settings,
      ...settings,
    }).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(join(folder, '.env'), lines.join(''));
    return folder;
  }

  /** Resolves when the first row is decided, to the time since `startedAt`. */
  async firstVerdict(startedAt: number, signal: AbortSignal): Promise<number | undefined> {
    while (!signal.aborted) {
      this.#ownStatements++;
      const rows = await this.#ask<{ n: number }>(
        'SELECT COUNT(*) AS n FROM (SELECT 1 FROM emails WHERE domain_processed = 1 LIMIT 1) one',
      );
      if (Number(rows[0]!.n) > 0) return performance.now() - startedAt;
      await new Promise((after) => setTimeout(after, LOOK_EVERY_MS));
    }
    return undefined;
  }

  /** What the database server does while `work` runs, apart from answering us. */
  async costOf<T>(work: () => Promise<T>): Promise<{ readonly made: T; readonly cost: DatabaseCost }> {
    const pid = await this.#serverPid();
    const [cpuBefore, askedBefore] = [cpuMsOf(pid), await this.#questions()];
    this.#ownStatements = 1; // the count itself
    const made = await work();
    const [cpuAfter, askedAfter] = [cpuMsOf(pid), await this.#questions()];
    return {
      made,
      cost: { cpuMs: cpuAfter - cpuBefore, statements: askedAfter - askedBefore - this.#ownStatements },
    };
  }

  /** Rows that are not decided as their hosts meant it: pending, or with another verdict. */
  async wrongRows(addresses: readonly BenchAddress[]): Promise<readonly string[]> {
    const rows = await this.#ask<{
      email: string;
      verdict: string;
      processed: number;
      reason: string | null;
    }>(
      `SELECT e.raw_emailid AS email, e.validation_status AS verdict, e.domain_processed AS processed, r.reason
       FROM emails e LEFT JOIN svc_row r ON r.row_id = e.id`,
    );
    const found = new Map(
      rows.map(({ email, verdict, processed, reason }) => [
        email,
        processed === 1 ? verdict : `not decided (${reason ?? 'never asked about'})`,
      ]),
    );
    return addresses
      .filter(({ email, verdict }) => found.get(email) !== verdict)
      .map(({ email, verdict }) => `${email} is ${found.get(email) ?? 'gone'}, and should be ${verdict}`);
  }

  /** How many rows each server decided. */
  async decidedBy(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#ask<{ server: string; n: number }>(
      'SELECT server, COUNT(*) AS n FROM svc_verdict GROUP BY server',
    );
    return new Map(rows.map(({ server, n }) => [server, Number(n)]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.end();
    await this.#drop();
  }

  async #import(addresses: readonly BenchAddress[]): Promise<void> {
    const users = [...new Set(addresses.map(({ userId }) => userId))].toSorted((a, b) => a - b);
    for (const user of users) {
      const emails = addresses.filter(({ userId }) => userId === user).map(({ email }) => email);
      await this.#connection.query(
        'INSERT INTO csv_list (id, user_id, list_name, total_emails) VALUES (?, ?, ?, ?)',
        [user, user, `List ${user}`, emails.length],
      );
      for (let from = 0; from < emails.length; from += ROWS_PER_STATEMENT) {
        const rows = emails.slice(from, from + ROWS_PER_STATEMENT).map((email) => [email, user, user]);
        await this.#connection.query('INSERT INTO emails (raw_emailid, csv_list_id, user_id) VALUES ?', [
          rows,
        ]);
      }
    }
  }

  async #questions(): Promise<number> {
    const rows = await this.#ask<{ Value: string }>("SHOW GLOBAL STATUS LIKE 'Questions'");
    return Number(rows[0]!.Value);
  }

  async #serverPid(): Promise<number> {
    const rows = await this.#ask<{ path: string }>('SELECT @@pid_file AS path');
    return Number(readFileSync(rows[0]!.path, 'utf8'));
  }

  async #ask<Row>(sql: string): Promise<readonly Row[]> {
    const [rows] = await this.#connection.query(sql);
    return rows as unknown as readonly Row[];
  }
}

/** As cron has it. */
export function environment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' };
}
