// Starts the small internet as a child process and speaks with it; main.ts is the other end.

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface InternetProcessOptions {
  /** The bundled main.ts: dist/internet.cjs. */
  readonly program: string;
  /** JSON file with a world. */
  readonly worldFile: string;
  readonly latencyMs?: number | undefined;
  readonly witnessFile?: string | undefined;
}

export interface InternetProcess extends AsyncDisposable {
  readonly dnsServer: string;
  readonly smtpPort: number;
  readonly pid: number;
  /** Resolves when the process is gone, whoever ended it. */
  readonly ended: Promise<void>;
  /** Resolves when the witness file holds everything that was seen so far. */
  flushWitness(): Promise<void>;
  /** Ends the process; afterwards the witness file is complete. */
  stop(): Promise<void>;
}

/** Resolves when all hosts listen; rejects when the process ends before that. */
export async function startInternetProcess(options: InternetProcessOptions): Promise<InternetProcess> {
  const args = ['--world', options.worldFile, '--latency-ms', String(options.latencyMs ?? 0)];
  if (options.witnessFile !== undefined) args.push('--witness', options.witnessFile);
  const child = fork(options.program, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], execArgv: [] });
  const ended = once(child, 'exit').then(() => undefined);
  const { dns, smtpPort } = await readyLine(child);

  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await ended;
  };
  return {
    dnsServer: dns,
    smtpPort,
    pid: child.pid!,
    ended,
    flushWitness: async () => {
      const flushed = once(child, 'message');
      child.send('flush');
      await flushed;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function readyLine(child: ChildProcess): Promise<{ dns: string; smtpPort: number }> {
  const line = await Promise.race([
    once(createInterface(child.stdout!), 'line'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the small internet ended with ${String(code)} before it was ready`);
    }),
  ]);
  return JSON.parse(line[0] as string) as { dns: string; smtpPort: number };
}
