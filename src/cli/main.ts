// The program smtp-validate-cron: what cron calls each minute, and exit codes. All other calls, with their options, are in
// commands.ts and loaded only for them, so that an idle cycle costs next to nothing. stdout is data, stderr is talk.

import { EXIT, OperationalError } from '../platform/operational-error.ts';
import { say } from './output.ts';
import { runCommand, type RunOptions } from './run.ts';

const PLAIN_RUN: RunOptions = {
  isDryRun: false,
  onlyUser: undefined,
  maxRuntimeMs: undefined,
  isJson: false,
  shadow: undefined,
};

let isOver = false;
let wasIdle = false;
process.on('uncaughtException', (error) => {
  fail(error);
  process.exit();
});
// Only a promise that nobody settles leaves the loop empty before the command is over.
process.on('beforeExit', () => {
  if (!isOver) fail(new Error('the command stopped without coming to an end'));
});
main()
  .catch(fail)
  .finally(() => {
    isOver = true;
  });

async function main(): Promise<void> {
  if (process.argv.length === 2) return runCycle(PLAIN_RUN);
  const { obeyCommandLine } = await import('./commands.ts');
  await obeyCommandLine(runCycle);
}

async function runCycle(options: RunOptions): Promise<void> {
  const { exitCode, isAbandoned, isIdle } = await runCommand(options);
  process.exitCode = exitCode;
  wasIdle = isIdle;
  if (isAbandoned) process.exit(); // a connection that is still being made would hold us
}

// What a command threw becomes one clear sentence and the contract's exit code; only a bug shows its stack.
function fail(error: unknown): void {
  if (error instanceof OperationalError) {
    say(`smtp-validate-cron: ${error.message}`);
    process.exitCode = error.exitCode;
  } else {
    say(`smtp-validate-cron: this is a bug, please report it: ${stackOf(error)}`);
    process.exitCode = EXIT.bug;
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** For start.ts: the code of an idle cycle is the one to keep, since nothing else is started as often. */
export function isWorthKeeping(): boolean {
  return wasIdle;
}
