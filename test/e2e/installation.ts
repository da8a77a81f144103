// An installation of the built program as an operator has it: a folder with .env, logs and storage, a database with
// the CRM's tables, a small internet in this process. Runs the program as cron does and looks at what it leaves.

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { inject } from 'vitest';
import type { Driver } from '../../src/store/driver.ts';
import { openMysql } from '../../src/store/mysql-driver.ts';
import { openSqlite } from '../../src/store/sqlite-driver.ts';
import { startInternet, type Internet } from '../support/internet/internet.ts';
import type { World, WorldList } from '../support/internet/world.ts';
import { createDatabase } from '../support/mariadb.ts';
import { waitFor } from '../support/wait-for.ts';

const PROGRAM = resolve('bin/smtp-validate-cron');

export interface Run {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs. */
export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Run>;
}

export interface BatchFile {
  readonly user_id: number;
  readonly worker_id: number;
  readonly total: number;
  readonly processed: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly results: readonly Readonly<Record<string, unknown>>[];
}

export interface InstallationOptions {
  readonly database: 'mysql' | 'sqlite';
  readonly world: World;
  readonly latencyMs?: number;
  readonly settings?: Readonly<Record<string, string>>;
  /** Tables as the CRM has them, before any migration; with this nothing is imported or migrated. */
  readonly legacy?: boolean;
}

export class Installation implements AsyncDisposable {
  readonly folder: string;
  readonly internet: Internet;
  readonly world: World;
  readonly database: Driver;
  readonly #dropDatabase: () => Promise<void>;
  readonly #running = new Set<ChildProcess>();

  private constructor(
    folder: string,
    world: World,
    internet: Internet,
    database: Driver,
    dropDatabase: () => Promise<void>,
  ) {
    this.folder = folder;
    this.world = world;
    this.internet = internet;
    this.database = database;
    this.#dropDatabase = dropDatabase;
  }

  /** Makes everything, migrates the database and imports the world's lists. */
  static async make(options: InstallationOptions): Promise<Installation> {
    const folder = mkdtempSync(join(tmpdir(), 'svc-e2e-'));
    const internet = await startInternet(options.world, { latencyMs: options.latencyMs });
    const { settings, open, drop } = await makeDatabase(options.database, folder);
    const lines = Object.entries({
      DNS_SERVERS: internet.dnsServer,
      SMTP_PORT: String(internet.smtpPort),
      ALLOW_PRIVATE_MX: 'true',
      SMTP_EHLO_NAME: 'verifier.example.net',
      SMTP_MAIL_FROM: 'probe@verifier.example.net',
      SERVER_ID: serverOf(folder),
      RETRY_DELAYS_SECONDS: '1,1',
      SIP_SMTP_SOCKET_TIMEOUT: '1',
      ...settings,
      ...options.settings,
    }).map(([key, value]) => `${key}=${value}`);
    writeFileSync(join(folder, '.env'), `${lines.join('\n')}\n`);
    if (options.legacy !== true) await migrate(folder);
    const installation = new Installation(folder, options.world, internet, await open(), drop);
    if (options.legacy !== true) await installation.importLists(options.world.lists);
    return installation;
  }

  /** Writes lists as the CRM does, one `csv_list` each, ids from 1. */
  async importLists(lists: readonly WorldList[]): Promise<void> {
    for (const [index, list] of lists.entries()) {
      await this.database.execute(
        'INSERT INTO csv_list (id, user_id, list_name, total_emails) VALUES (?, ?, ?, ?)',
        [index + 1, list.userId, list.name, list.addresses.length],
      );
      for (let start = 0; start < list.addresses.length; start += 200) {
        const part = list.addresses.slice(start, start + 200);
        await this.database.execute(
          `INSERT INTO emails (raw_emailid, csv_list_id, user_id) VALUES ${part.map(() => '(?, ?, ?)').join(', ')}`,
          part.flatMap(({ email }) => [email, index + 1, list.userId]),
        );
      }
    }
  }

  /** A name of its own, so that its processes are told from those of other tests. */
  get server(): string {
    return serverOf(this.folder);
  }

  start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Started {
    const started = startProgram(args, this.folder, environment);
    this.#running.add(started.child);
    started.child.once('exit', () => this.#running.delete(started.child));
    return started;
  }

  run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Run> {
    return this.start(args, environment).ended;
  }

  /** Starts cycles, as cron does, whenever something may be due, until no row is pending. */
  async runUntilDecided(): Promise<Run[]> {
    const runs: Run[] = [];
    while ((await this.pending()) > 0) {
      if (runs.length > 20) throw new Error('20 cycles, and rows are still pending');
      await waitFor(() => this.#isSomethingDue(), 'a row is due', 30_000);
      runs.push(await this.run([]));
    }
    return runs;
  }

  /** False while every pending row waits for its next attempt. */
  async #isSomethingDue(): Promise<boolean> {
    const [waiting] = await this.database.query<{ n: number; earliest: number | null }>(
      'SELECT COUNT(*) AS n, MIN(due_at) AS earliest FROM svc_row',
    );
    const isFresh = Number(waiting!.n) < (await this.pending());
    return isFresh || Number(waiting!.earliest) * 1000 <= Date.now();
  }

  async pending(): Promise<number> {
    const [row] = await this.database.query<{ n: number }>(
      'SELECT COUNT(*) AS n FROM emails WHERE domain_processed = 0',
    );
    return Number(row!.n);
  }

  /** All lines of the log files whose name matches, oldest file first. */
  logLines(name: RegExp): string[] {
    const folder = join(this.folder, 'logs');
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((file) => name.test(file))
      .toSorted()
      .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'))
      .filter((line) => line !== '');
  }

  batchFiles(): BatchFile[] {
    return this.#storage(/^worker_\d+\.json$/).map(
      (path) => JSON.parse(readFileSync(path, 'utf8')) as BatchFile,
    );
  }

  journals(): string[] {
    return this.#storage(/\.ndjson$/);
  }

  /** The titles of this installation's workers that are alive now. */
  workers(): string[] {
    return this.#workerProcesses().map(({ title }) => title);
  }

  workerPids(): number[] {
    return this.#workerProcesses().map(({ pid }) => pid);
  }

  #workerProcesses(): { pid: number; title: string }[] {
    return processes().filter(({ title }) => title.startsWith(`smtp-worker ${this.server} `));
  }

  #storage(name: RegExp): string[] {
    const folder = join(this.folder, 'storage', 'batches');
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => name.test(path.split('/').at(-1)!))
      .map((path) => join(folder, path));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#running) child.kill('SIGKILL');
    // Workers end with their parent, but not those that a failed test has left stopped.
    for (const pid of this.workerPids()) wake(pid);
    await this.database.close();
    await this.#dropDatabase();
    await this.internet.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function wake(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // ended meanwhile
  }
}

/** Runs the built program in a folder. */
export function startProgram(
  args: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string>> = {},
  input?: string,
): Started {
  const child = spawn(PROGRAM, args, {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...environment },
  });
  child.stdin.end(input);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const ended = new Promise<Run>((done, fail) => {
    child.once('error', fail);
    child.once('close', (exitCode) =>
      done({ exitCode, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
  });
  return { child, ended };
}

/** True where the MySQL half of the suite can run. */
export function hasMariadb(): boolean {
  return inject('mariadbSocket') !== undefined;
}

function serverOf(folder: string): string {
  return `server-${folder.split('-').at(-1)!}`;
}

async function migrate(folder: string): Promise<void> {
  const { exitCode, stderr } = await startProgram(['migrate'], folder).ended;
  if (exitCode !== 0) throw new Error(`migrate ended with ${exitCode}: ${stderr}`);
}

async function makeDatabase(kind: 'mysql' | 'sqlite', folder: string) {
  if (kind === 'sqlite') {
    const file = join(folder, 'storage', 'smtp-validate.db');
    return {
      settings: {},
      open: async () => openSqlite({ type: 'sqlite', file, create: true }),
      drop: async () => {},
    };
  }
  const socketPath = inject('mariadbSocket')!;
  const { name, drop } = await createDatabase(socketPath, `e2e_${folder.split('-').at(-1)!}`);
  return {
    settings: { DB_SOCKET: socketPath, DB_USER: 'root', DB_NAME: name },
    open: () => openMysql({ type: 'mysql', socketPath, user: 'root', password: '', database: name }),
    drop,
  };
}

function processes(): { pid: number; title: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const title = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
        return [{ pid: Number(pid), title }];
      } catch {
        return []; // it ended meanwhile
      }
    });
}
