// One of our servers in a crash test: a folder with the settings, logs and storage of an installation, and a cron that
// starts the built program in it. Its processes are those whose working folder it is, whatever their parents became.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readLockHolder } from '../../src/files/lock-holder.ts';
import { waitFor } from '../support/wait-for.ts';

const PROGRAM = resolve('bin/smtp-validate-cron');
/** Where cron has a minute. */
const CRON_EVERY_MS = 3_000;
/** One at work and one that finds it so; on a busy machine starts would pile up, as they do not within a minute. */
const MAX_AT_ONCE = 2;
const STDERR_KEPT = 4_000;

export type Role = 'worker' | 'orchestrator';

/** How a start of the program ended. */
export interface CycleEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

export class Server implements AsyncDisposable {
  readonly name: string;
  readonly folder: string;
  /** From where it asks the MX hosts, so that their witness tells our servers apart. */
  readonly address: string;
  readonly ends: CycleEnd[] = [];
  readonly #running = new Set<ChildProcess>();
  #cron: NodeJS.Timeout | undefined;
  #isFrozen = false;

  /** Makes the folder, which must not be there yet. */
  constructor(name: string, folder: string, address: string, settings: Readonly<Record<string, string>>) {
    this.name = name;
    this.folder = folder;
    this.address = address;
    mkdirSync(folder);
    const own = { SERVER_ID: name, SMTP_LOCAL_ADDRESS: address };
    const lines = Object.entries({ ...own, ...settings }).map(([key, value]) => `${key}=${value}`);
    writeFileSync(join(folder, '.env'), `${lines.join('\n')}\n`);
  }

  /** Starts a cycle now and then, whether the one before has ended or not, but no third beside two. */
  startCron(): void {
    const start = () => void (this.#isFrozen || this.#running.size >= MAX_AT_ONCE || this.run([]));
    start();
    this.#cron = setInterval(start, CRON_EVERY_MS);
  }

  stopCron(): void {
    clearInterval(this.#cron);
  }

  /** Runs the program once; resolves when it has ended. */
  run(args: readonly string[]): Promise<CycleEnd> {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: this.folder,
      env: { PATH: process.env['PATH'] ?? '', TZ: process.env['TZ'] ?? '' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr = (stderr + chunk).slice(-STDERR_KEPT);
    });
    this.#running.add(child);
    return new Promise((done) => {
      // `exit` and not `close`: workers of a killed program may hold its stderr a moment longer.
      child.once('exit', (exitCode, signal) => {
        this.#running.delete(child);
        const end = { exitCode, signal, stderr };
        this.ends.push(end);
        done(end);
      });
    });
  }

  /** The processes that live, a stopped one included. */
  pids(role?: Role): number[] {
    return processesIn(this.folder)
      .filter((process) => role === undefined || process.role === role)
      .map(({ pid }) => pid);
  }

  /** The process that holds the lock, by its own word. */
  lockHolder(): number | undefined {
    const state = readLockHolder(join(this.folder, 'storage'));
    return state.type === 'held' ? state.holder?.pid : undefined;
  }

  /** Stops a process, and lets it go on after `pauseMs`. */
  async pause(pid: number, pauseMs: number): Promise<void> {
    this.signal([pid], 'SIGSTOP');
    await pause(pauseMs);
    this.signal([pid], 'SIGCONT');
  }

  /** Stops everything, cron included, and lets it go on after `pauseMs`. */
  async freeze(pauseMs: number): Promise<void> {
    this.#isFrozen = true;
    const frozen = this.pids();
    this.signal(frozen, 'SIGSTOP');
    await pause(pauseMs);
    this.signal(frozen, 'SIGCONT');
    this.#isFrozen = false;
  }

  /** Sends a signal to those of these processes that still are this server's. */
  signal(pids: readonly number[], signal: NodeJS.Signals): void {
    const alive = new Set(this.pids());
    for (const pid of pids) {
      try {
        if (alive.has(pid)) process.kill(pid, signal);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  }

  /** Resolves when no process of it lives; rejects after `limitMs`. */
  async atRest(limitMs: number): Promise<void> {
    await waitFor(() => this.pids().length === 0, `no process of ${this.name} is left`, limitMs);
  }

  /** What a server at rest must not have: processes, a lock, journals, half-written files. */
  remains(): string[] {
    const storage = join(this.folder, 'storage');
    const files = readdirSync(storage, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /(^|\/)cron\.|\.ndjson$|\.tmp$/.test(path),
    );
    return [
      ...processesIn(this.folder).map(
        ({ pid, title, state }) => `${this.name} left process ${pid} (${title}), ${state}`,
      ),
      ...files.map((path) => `${this.name} left ${path} in its storage`),
    ];
  }

  /** Lines of its text logs that contain `text`, each with its file. */
  logLines(text: string): { readonly file: string; readonly line: string }[] {
    const folder = join(this.folder, 'logs');
    return readdirSync(folder)
      .filter((file) => file.endsWith('.log'))
      .toSorted()
      .flatMap((file) =>
        readFileSync(join(folder, file), 'utf8')
          .split('\n')
          .filter((line) => line.includes(text))
          .map((line) => ({ file, line })),
      );
  }

  /** Kills what still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stopCron();
    this.signal(this.pids(), 'SIGKILL');
    await this.atRest(10_000);
  }
}

interface Process {
  readonly pid: number;
  readonly role: Role;
  readonly title: string;
  /** As /proc says it: `S (sleeping)`, `T (stopped)`. */
  readonly state: string;
}

function processesIn(folder: string): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): Process[] => {
      try {
        if (readlinkSync(`/proc/${name}/cwd`) !== folder) return [];
        const title = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        const state = /^State:\s*(.*)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1] ?? '';
        const role = title.includes('smtp-worker') ? 'worker' : 'orchestrator';
        return [{ pid: Number(name), role, title, state }];
      } catch {
        return []; // it ended meanwhile
      }
    });
}
