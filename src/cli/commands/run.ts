// The command line of `run`: one cycle, and what cron calls without any word.

import { type Command, Option } from 'commander';
import { OperationalError } from '../../platform/operational-error.ts';
import type { RunOptions } from '../run.ts';
import { duration, examples, pointInTime, wholeNumber } from './option-values.ts';

/** What is done where no command is named. */
export const DEFAULT_COMMAND = 'run';

export function run(program: Command, runCycle: (options: RunOptions) => Promise<void>): void {
  program
    .command(DEFAULT_COMMAND, { isDefault: true })
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
    .addOption(
      new Option(
        '--shadow',
        'beside the CRM’s own verifier: keep the verdicts for "compare", write nothing into emails and csv_list',
      ),
    )
    .addOption(
      new Option(
        '--since <time>',
        'with --shadow: also what was decided in lists made since (2026-11-05, 36h, 7d)',
      ).argParser(pointInTime),
    )
    .addOption(new Option('--json', 'print one JSON document instead of text'))
    .addHelpText(
      'before',
      examples(
        'smtp-validate-cron run --dry-run',
        'smtp-validate-cron run --user 5 --max-runtime 10m',
        'smtp-validate-cron run --shadow --since 2026-11-05   # docs/migrating.md',
      ),
    )
    .action(
      async (
        options: {
          dryRun?: true;
          user?: number;
          maxRuntime?: number;
          shadow?: true;
          since?: number;
          json?: true;
        },
        command: Command,
      ) => {
        const [unknown] = command.args;
        if (unknown !== undefined) throw unknownCommand(unknown);
        const { shadow, since } = options;
        if (since !== undefined && shadow !== true) throw sinceWithoutShadow();
        await runCycle({
          isDryRun: options.dryRun === true,
          onlyUser: options.user,
          maxRuntimeMs: options.maxRuntime,
          isJson: options.json === true,
          shadow: shadow === true ? { since } : undefined,
        });
      },
    );
}

function unknownCommand(name: string): OperationalError {
  return new OperationalError('USAGE', `unknown command ${JSON.stringify(name)}; --help lists the commands`);
}

function sinceWithoutShadow(): OperationalError {
  return new OperationalError(
    'USAGE',
    'run: --since goes with --shadow; a real run takes whatever is pending',
  );
}
