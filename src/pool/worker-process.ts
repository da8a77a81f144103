// One smtp-worker process as its parent sees it: started, made ready, watched, told to end, and killed when it does
// not. Knows nothing of rows. Its end is told exactly once, after everything it sent has been handed on; then no
// timer, pipe or process is left.

import { fork, type ChildProcess } from 'node:child_process';
import { OperationalError } from '../platform/operational-error.ts';
import type { FromWorker, ToWorker } from '../worker/messages.ts';
import { parseFromWorker } from '../worker/parse-message.ts';
import type { KillCause, ProcessEnd } from './worker-exit.ts';

const STDERR_KEPT = 4_096; // the last words matter, and a loop that complains must not fill our memory

// How V8 works for a worker. Any of these costs 25 ms at its start, since Node's own compiled code is not taken then; all together no more.
// The rules about replies are 250 patterns. To make each ready twice, for few uses first and for many then, took 200 ms.
const SHARED_FLAGS = ['--no-regexp-tier-up'];
// What a worker makes is mostly forgotten at once. In young space of 1 MB, as it is given at first, much of it is taken for
// what stays: with 4 MB collecting takes half as long. With 16, as it would grow to, it takes no less.
const FLAGS_OF_FEW = [...SHARED_FLAGS, '--min-semi-space-size=4', '--max-semi-space-size=4'];
// Many are there only because hosts are slow: then memory counts. Threads beside the first would wait for processors too;
// patterns take 1.6 MB less; and what is left lying is collected now and then (worker/main.ts).
const FLAGS_OF_MANY = [
  ...SHARED_FLAGS,
  '--max-semi-space-size=1',
  '--single-threaded',
  '--no-regexp-optimization',
  '--expose-gc',
];

export interface WorkerProcessOptions {
  /** The worker's program. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
  /** One of so many that they are to be small, rather than to work fast. */
  readonly isOneOfMany: boolean;
  /** Until `ready`. */
  readonly readyMs: number;
  /** Between two signs of life. */
  readonly silenceMs: number;
  /** Between being told to finish, and SIGKILL: its files are written out, which takes a busy disk its time. */
  readonly finishMs: number;
  /** Between being told to end, and SIGKILL. */
  readonly graceMs: number;
}

export interface WorkerProcessListener {
  onReady(): void;
  onMessage(message: Exclude<FromWorker, { type: 'ready' | 'alive' }>): void;
  onEnd(end: ProcessEnd): void;
}

export class WorkerProcess {
  readonly #options: WorkerProcessOptions;
  readonly #listener: WorkerProcessListener;
  readonly #child: ChildProcess | undefined;
  /** Resolves when its end has been told. */
  readonly ended: Promise<void>;
  #resolveEnded: () => void = () => {};
  #silence: NodeJS.Timeout | undefined;
  #grace: NodeJS.Timeout | undefined;
  #lastHeard = 0;
  #stderr = '';
  #isReady = false;
  #isStopped = false;
  #hasEnded = false;
  #killedFor: KillCause | undefined;
  #detail: string | undefined;

  /** Starts the process. Never throws: what keeps it from starting is told as its end. */
  constructor(options: WorkerProcessOptions, listener: WorkerProcessListener) {
    this.#options = options;
    this.#listener = listener;
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
    this.#child = this.#fork();
  }

  /** 0 when there is no process. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Sends a message. What cannot be sent any more concerns a process whose end is about to be told. */
  send(message: ToWorker): void {
    this.#child?.send(message, () => {});
  }

  /** Tells it to finish its assignment; kills it if it does not say `finished` in time. */
  finish(): void {
    this.send({ type: 'finish' });
    this.#startGrace(this.#options.finishMs);
  }

  /** Asks it to end and, after the grace, makes it. Resolves when its end has been told. */
  stop(): Promise<void> {
    if (!this.#isStopped && !this.#hasEnded) {
      this.#isStopped = true;
      this.#child?.kill('SIGTERM');
      this.#endGrace(); // whoever is told to end is not waited for any longer because it was finishing
      this.#startGrace(this.#options.graceMs);
    }
    return this.ended;
  }

  /** Ends it at once; the first cause given is the one that is told. */
  kill(cause: KillCause, detail?: string): void {
    if (this.#hasEnded || this.#killedFor !== undefined) return;
    this.#killedFor = cause;
    this.#detail = detail;
    this.#child?.kill('SIGKILL');
  }

  #startGrace(limitMs: number): void {
    if (!this.#hasEnded) this.#grace ??= setTimeout(() => this.kill('deaf', seconds(limitMs)), limitMs);
  }

  #endGrace(): void {
    clearTimeout(this.#grace);
    this.#grace = undefined;
  }

  #fork(): ChildProcess | undefined {
    const { entry, env, isOneOfMany, readyMs } = this.#options;
    let child: ChildProcess;
    try {
      // In place of ours, so that a debugger or a loader is not handed down.
      child = fork(entry, [], {
        execArgv: isOneOfMany ? FLAGS_OF_MANY : FLAGS_OF_FEW,
        env,
        serialization: 'json',
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      });
    } catch (error) {
      queueMicrotask(() => this.#failToStart(error));
      return undefined;
    }
    child.on('error', (error) => {
      if (child.pid === undefined) this.#failToStart(error);
    });
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#stderr = (this.#stderr + chunk).slice(-STDERR_KEPT);
    });
    child.on('message', (message) => this.#receive(message));
    // `close` and not `exit`: it comes when the pipes are read to their end, so no message is lost.
    child.once('close', (code: number | null, signal: string | null) =>
      this.#end(code ?? undefined, signal ?? undefined),
    );
    this.#silence = setTimeout(() => this.kill('not-ready', seconds(readyMs)), readyMs);
    return child;
  }

  #failToStart(error: unknown): void {
    this.#detail = error instanceof Error ? error.message : String(error);
    this.#end(undefined, undefined);
  }

  #receive(raw: unknown): void {
    if (this.#killedFor === 'malformed') return;
    this.#lastHeard = performance.now();
    try {
      const message = parseFromWorker(raw);
      if (message.type === 'finished' && !this.#isStopped) this.#endGrace();
      if (message.type === 'ready') this.#becomeReady();
      else if (message.type !== 'alive') this.#listener.onMessage(message);
    } catch (error) {
      if (!(error instanceof OperationalError && error.code === 'IPC_MALFORMED')) throw error;
      this.kill('malformed', error.message);
    }
  }

  #becomeReady(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#watchSilence(this.#options.silenceMs);
    this.#listener.onReady();
  }

  // One timer a process, set anew for what is left of the limit, instead of one a message.
  #watchSilence(inMs: number): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      // After a halt of our own, messages lie in the pipe unread: they are read before this is asked.
      setImmediate(() => {
        if (this.#hasEnded) return;
        const left = this.#lastHeard + this.#options.silenceMs - performance.now();
        if (left > 0) this.#watchSilence(left);
        else this.kill('silent', seconds(this.#options.silenceMs));
      });
    }, inMs);
  }

  #end(code: number | undefined, signal: string | undefined): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#silence);
    this.#endGrace();
    this.#listener.onEnd({
      code,
      signal,
      wasReady: this.#isReady,
      wasStopped: this.#isStopped,
      killedFor: this.#killedFor,
      detail: this.#detail,
      stderr: this.#stderr,
    });
    this.#resolveEnded();
  }
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}
