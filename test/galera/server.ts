// One of our servers as an operator has it: a folder with .env, logs and storage, the built program, and a cron that
// starts a cycle whenever the last one has ended and something may be due.

import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { startProgram, type Run } from '../e2e/installation.ts';
import { waitFor } from '../support/wait-for.ts';

export class Server implements Disposable {
  readonly name: string;
  readonly folder: string;
  readonly runs: Run[] = [];
  #cron: Promise<void> | undefined;
  #isStopped = false;

  constructor(settings: Readonly<Record<string, string>>) {
    this.folder = mkdtempSync(join(tmpdir(), 'svc-galera-server-'));
    this.name = basename(this.folder); // tells its processes from those of other tests
    const lines = Object.entries({ SERVER_ID: this.name, ...settings }).map(
      ([key, value]) => `${key}=${value}`,
    );
    writeFileSync(join(this.folder, '.env'), `${lines.join('\n')}\n`);
  }

  async run(args: readonly string[]): Promise<Run> {
    const run = await startProgram(args, this.folder).ended;
    this.runs.push(run);
    return run;
  }

  /** Starts cycles one after the other, each when `isDue`, until stopCron() or a cycle that ends with `lastExit`. */
  startCron(isDue: () => Promise<boolean>, lastExit?: number): void {
    this.#isStopped = false;
    this.#cron = (async () => {
      while (!this.#isStopped) {
        await waitFor(
          async () => this.#isStopped || (await isDue()),
          `a row is due for ${this.name}`,
          60_000,
        );
        if (this.#isStopped || (await this.run([])).exitCode === lastExit) return;
      }
    })();
  }

  /** Resolves when the cron has ended by itself. */
  async cronEnded(): Promise<void> {
    await this.#cron;
  }

  /** Resolves when the cycle that runs, if any, has ended. */
  async stopCron(): Promise<void> {
    this.#isStopped = true;
    await this.#cron;
  }

  get storage(): string {
    return join(this.folder, 'storage');
  }

  cronLog(): string {
    const folder = join(this.folder, 'logs');
    return readdirSync(folder)
      .filter((name) => name.startsWith('smtp_validation_cron_'))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('');
  }

  journals(): readonly string[] {
    const folder = join(this.storage, 'batches');
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.ndjson'),
    );
  }

  /** Results in its journals. */
  journalled(): number {
    return this.journals()
      .map((path) => readFileSync(join(this.storage, 'batches', path), 'utf8'))
      .reduce((sum, text) => sum + text.split('\n').filter((line) => line.includes('"email"')).length, 0);
  }

  /** How many processes of it are alive: the program and its workers. */
  processes(): number {
    const titles = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => titleOf(pid));
    return titles.filter((title) => title.split(' ')[1] === this.name).length;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function titleOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
  } catch {
    return ''; // it ended meanwhile
  }
}
