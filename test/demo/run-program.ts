// Runs the built smtp-validate-cron as a child and hands on what it prints, line by line. The child leads a process
// group of its own, so that Ctrl-C reaches only the demo, which then lets the program drain.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface ProgramCall {
  /** Path of bin/smtp-validate-cron. */
  readonly program: string;
  readonly args: readonly string[];
  /** No `.env` lies here. */
  readonly cwd: string;
  readonly env: Record<string, string | undefined>;
  readonly onLine: (line: string) => void;
  /** Stops the program: SIGTERM, and SIGKILL after GRACE_MS. */
  readonly signal: AbortSignal;
}

const GRACE_MS = 15_000;

/** Resolves with the exit code when the program has ended, whoever ended it; -1 when a signal killed it. */
export async function runProgram({ program, args, cwd, env, onLine, signal }: ProgramCall): Promise<number> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  createInterface(child.stdout).on('line', onLine);
  createInterface(child.stderr).on('line', onLine);

  let killer: NodeJS.Timeout | undefined;
  const stop = () => {
    child.kill('SIGTERM');
    killer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), GRACE_MS);
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return code ?? -1;
  } finally {
    clearTimeout(killer);
    signal.removeEventListener('abort', stop);
  }
}
