// Runs a program and tells what it and its children cost: wall time, processor time (of all, and of the first process alone),
// memory at its peak, and when its workers were ready. Linux only: it reads /proc while the program runs, and the sum of
// all that ended comes from bash, whose `time` has it from the kernel.

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setInterval } from 'node:timers';

export interface Measured {
  readonly wallMs: number;
  /** User and system, of the program and everything it started. */
  readonly cpuMs: number;
  /** Of the program's first process alone, to within SAMPLE_MS. */
  readonly mainCpuMs: number;
  /** Of the whole tree; what is shared is divided among those who share it. */
  readonly peakPssMib: number;
  readonly workers: number;
  /** From the program's start until the last of its workers had its first work. */
  readonly allReadyMs: number | undefined;
}

export interface RunOptions {
  readonly command: readonly string[];
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** What the program prints goes there, as `NAME.out` and `NAME.err`. */
  readonly name: string;
}

const SAMPLE_MS = 50;
const MEMORY_EVERY_MS = 1_000;
const TICK_MS = 10; // USER_HZ is 100 on Linux, whatever the kernel's own
const MAX_SAID = 2_000;
const TIME = /^(\d+\.\d+) (\d+\.\d+)$/;

/** Rejects where the program does not end with 0. */
export function runMeasured({ command, folder, env, name }: RunOptions): Promise<Measured> {
  const out = openSync(join(folder, `${name}.out`), 'w');
  const err = openSync(join(folder, `${name}.err`), 'w');
  const startedAt = performance.now();
  const shell = spawn('bash', ['-c', 'TIMEFORMAT="%3U %3S"; time "$@" 2>&3', 'bash', ...command], {
    cwd: folder,
    env: { ...env },
    stdio: ['ignore', out, 'pipe', err],
  });
  closeSync(out);
  closeSync(err);
  let times = '';
  shell.stderr!.setEncoding('utf8').on('data', (chunk: string) => (times += chunk));
  const observer = new TreeObserver(shell.pid!, startedAt);
  return new Promise((resolve, reject) => {
    shell.once('error', reject);
    shell.once('close', (code) => {
      const wallMs = performance.now() - startedAt;
      observer.stop();
      if (code !== 0) {
        const said = [`${name}.out`, `${name}.err`].map((file) => read(join(folder, file)).slice(-MAX_SAID));
        return reject(new Error(`${command.join(' ')} ended with ${code}:\n${said.join('')}`));
      }
      const [, user, system] = TIME.exec(times.trim()) ?? [];
      resolve({
        wallMs,
        cpuMs: (Number(user) + Number(system)) * 1000,
        ...observer.seen,
      });
    });
  });
}

class TreeObserver {
  readonly #shell: number;
  readonly #startedAt: number;
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #waiting = new Set<number>();
  readonly #known = new Set<number>();
  #mainCpuMs = 0;
  #peakPssKib = 0;
  #allReadyMs: number | undefined;

  constructor(shell: number, startedAt: number) {
    this.#shell = shell;
    this.#startedAt = startedAt;
    this.#timers = [
      setInterval(() => this.#look(), SAMPLE_MS),
      setInterval(() => this.#weigh(), MEMORY_EVERY_MS),
    ];
  }

  get seen(): Pick<Measured, 'mainCpuMs' | 'peakPssMib' | 'workers' | 'allReadyMs'> {
    return {
      mainCpuMs: this.#mainCpuMs,
      peakPssMib: this.#peakPssKib / 1024,
      workers: this.#known.size,
      allReadyMs: this.#allReadyMs,
    };
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #look(): void {
    const [main] = childrenOf(this.#shell);
    if (main === undefined) return;
    this.#mainCpuMs = Math.max(this.#mainCpuMs, cpuMsOf(main));
    for (const pid of childrenOf(main)) {
      if (this.#known.has(pid)) continue;
      this.#known.add(pid);
      this.#waiting.add(pid);
    }
    // A worker takes the name of its user when its first work comes, which it gets as soon as it is ready.
    for (const pid of this.#waiting) {
      if (!read(`/proc/${pid}/cmdline`).startsWith('smtp-worker ')) continue;
      this.#waiting.delete(pid);
      this.#allReadyMs = performance.now() - this.#startedAt;
    }
  }

  #weigh(): void {
    const [main] = childrenOf(this.#shell);
    if (main === undefined) return;
    const tree = descendantsOf(main);
    this.#peakPssKib = Math.max(
      this.#peakPssKib,
      tree.map(pssKib).reduce((sum, kib) => sum + kib, 0),
    );
  }
}

/** Processor time of a process without its children. */
export function cpuMsOf(pid: number): number {
  const fields = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
  return fields.length < 13 ? 0 : (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function descendantsOf(pid: number): readonly number[] {
  return [pid, ...childrenOf(pid).flatMap(descendantsOf)];
}

function childrenOf(pid: number): readonly number[] {
  return read(`/proc/${pid}/task/${pid}/children`)
    .split(' ')
    .filter((text) => text.trim() !== '')
    .map(Number);
}

function pssKib(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
}

/** Empty for a process that ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
