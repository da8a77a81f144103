// The command line. A file in commands/ says what a command's options are and mean, and loads what does it when it is called.
// The plain call by cron comes by here only when it has options: main.ts.

import { Command, CommanderError } from 'commander';
import { EXIT } from '../platform/operational-error.ts';
import { check } from './commands/check.ts';
import { classify } from './commands/classify.ts';
import { compare } from './commands/compare.ts';
import { completion } from './commands/completion.ts';
import { config } from './commands/config.ts';
import { dashboard } from './commands/dashboard.ts';
import { doctor } from './commands/doctor.ts';
import { explain } from './commands/explain.ts';
import { exportList } from './commands/export.ts';
import { gc } from './commands/gc.ts';
import { importList } from './commands/import.ts';
import { install } from './commands/install.ts';
import { logs } from './commands/logs.ts';
import { migrate } from './commands/migrate.ts';
import { examples } from './commands/option-values.ts';
import { pause, pauses } from './commands/pause.ts';
import { providers } from './commands/providers.ts';
import { reclassify } from './commands/reclassify.ts';
import { report } from './commands/report.ts';
import { retry } from './commands/retry.ts';
import { run } from './commands/run.ts';
import { status } from './commands/status.ts';
import { why } from './commands/why.ts';
import { watchOutput } from './output.ts';
import type { RunOptions } from './run.ts';

declare const __VERSION__: string;

/** Does what the command line asks for. `runCycle` is the command `run`, to the exit code. */
export async function obeyCommandLine(runCycle: (options: RunOptions) => Promise<void>): Promise<void> {
  watchOutput();
  try {
    await commandLine(runCycle).parseAsync();
  } catch (error) {
    // Help and the version have been printed by then, and so has what is wrong with the call.
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
}

/** The whole of it, also for whoever describes it. */
export function commandLine(runCycle: (options: RunOptions) => Promise<void>): Command {
  const program = new Command('smtp-validate-cron')
    .description(
      'Asks mail servers whether mailboxes exist, and writes the verdicts back to the CRM’s database.',
    )
    .version(__VERSION__)
    .exitOverride()
    .showHelpAfterError('(run with --help for the commands and options)')
    .configureOutput({ outputError: (text, write) => write(text) });

  // In the order in which somebody who is new needs them.
  program.commandsGroup('Set up:');
  migrate(program);
  doctor(program);
  config(program);
  install(program);
  completion(program);
  program.helpCommand(true);
  program.commandsGroup('Verify:');
  run(program, runCycle);
  check(program);
  pause(program);
  program.commandsGroup('Lists:');
  importList(program);
  exportList(program);
  retry(program);
  program.commandsGroup('Look:');
  status(program);
  why(program);
  explain(program);
  logs(program);
  providers(program);
  pauses(program);
  report(program);
  dashboard(program);
  program.commandsGroup('Keep in order:');
  gc(program);
  compare(program);
  reclassify(program);
  classify(program);

  program.addHelpText(
    'before',
    examples(
      'smtp-validate-cron migrate --dry-run     # what would the database get?',
      'smtp-validate-cron doctor                # is this machine fit to probe?',
      'smtp-validate-cron --dry-run             # what would a cycle do now?',
      'smtp-validate-cron                       # one cycle, as cron runs it',
      'smtp-validate-cron check ann@example.com',
      'smtp-validate-cron status                # who works, and until when?',
      'smtp-validate-cron why 12                # why is list 12 not finished?',
      'smtp-validate-cron explain ann@example.com   # why has it its verdict?',
      String.raw`printf 'rcpt\t550 5.1.1 no such user\n' | smtp-validate-cron classify`,
    ),
  );
  program.addHelpText(
    'after',
    `
Exit codes: 0 done or nothing to do, 1 workers failed or rows were given back,
64 usage, 69 database unreachable, 70 a bug, 73/74 files cannot be created or
written, 78 configuration, or not migrated, 130/143 stopped by a signal.`,
  );
  return program;
}
