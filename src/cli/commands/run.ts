// The command line of `run`: one cycle, and what cron calls without any word.

import { type Command, Option } from 'commander';
import { OperationalError } from '../../platform/operational-error.ts';
import type { RunOptions } from '../run.ts';
import { duration, examples, wholeNumber } from './option-values.ts';

export function run(program: Command, runCycle: (options: RunOptions) => Promise<void>): void {
  program
    .command('run', { isDefault: true })
    .description(
      'one cycle, as cron calls it each minute; ends when nothing due is left (the default command: --dry-run, --user, --max-runtime, --json)',
    )
    .allowExcessArguments(true) // said below, in words that fit
    .addOption(new Option('--dry-run', 'say what a cycle would do; change nothing, ask no mail server'))
    .addOption(new Option('--user <id>', 'only this user’s rows').argParser(wholeNumber))
    .addOption(
      new Option(
        '--max-runtime <time>',
        'stop after this long (90, 90s, 10m, 1h); the rest is given back',
      ).argParser(duration),
    )
    .addOption(new Option('--json', 'print one JSON document instead of text'))
    .addHelpText(
      'before',
      examples('smtp-validate-cron run --dry-run', 'smtp-validate-cron run --user 5 --max-runtime 10m'),
    )
    .action(
      async (
        options: { dryRun?: true; user?: number; maxRuntime?: number; json?: true },
        command: Command,
      ) => {
        const [unknown] = command.args;
        if (unknown !== undefined) throw unknownCommand(unknown);
        await runCycle({
          isDryRun: options.dryRun === true,
          onlyUser: options.user,
          maxRuntimeMs: options.maxRuntime,
          isJson: options.json === true,
        });
      },
    );
}

function unknownCommand(name: string): OperationalError {
  return new OperationalError('USAGE', `unknown command ${JSON.stringify(name)}; --help lists the commands`);
}
