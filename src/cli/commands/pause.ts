// The command lines of `pause`, `resume` and `pauses`.

import { Argument, type Command, Option } from 'commander';
import { PAUSE_KINDS, type PauseKind } from '../../domain/pause.ts';
import { duration, examples } from './option-values.ts';

const KIND = () => new Argument('<what>', 'which kind of thing').choices(PAUSE_KINDS);
const NAME = '[name]';
const NAME_HELP =
  'id of the list or user, name of the provider or of a mail host, name of the server (default: this one)';

export function pause(program: Command): void {
  program
    .command('pause')
    .description(
      'claim no more of a list, user or provider, or nothing at all on a server, until it is resumed',
    )
    .addArgument(KIND())
    .argument(NAME, NAME_HELP)
    .addOption(new Option('--for <time>', 'no longer than this (90, 30m, 2h, 3d)').argParser(duration))
    .addOption(new Option('--reason <text>', 'why, for whoever wonders: "pauses" and the log tell it'))
    .addOption(new Option('--json', 'print one JSON document instead of text'))
    .addHelpText(
      'before',
      examples(
        'smtp-validate-cron pause list 12 --reason "customer asked"',
        'smtp-validate-cron pause user 5 --for 2h',
        'smtp-validate-cron pause provider gmail --for 1d',
        'smtp-validate-cron pause server           # this one',
        'smtp-validate-cron pauses                 # what is paused',
      ),
    )
    .action(
      async (
        kind: PauseKind,
        name: string | undefined,
        options: { for?: number; reason?: string; json?: true },
      ) => {
        const { pauseCommand } = await import('../pause.ts');
        process.exitCode = await pauseCommand({
          kind,
          name,
          forMs: options.for,
          reason: options.reason,
          isJson: options.json === true,
        });
      },
    );
  program
    .command('resume')
    .description('end a pause')
    .addArgument(KIND())
    .argument(NAME, NAME_HELP)
    .addOption(new Option('--json', 'print one JSON document instead of text'))
    .addHelpText(
      'before',
      examples('smtp-validate-cron resume list 12', 'smtp-validate-cron resume server web1'),
    )
    .action(async (kind: PauseKind, name: string | undefined, options: { json?: true }) => {
      const { resumeCommand } = await import('../pause.ts');
      process.exitCode = await resumeCommand({ kind, name, isJson: options.json === true });
    });
}

export function pauses(program: Command): void {
  program
    .command('pauses')
    .description('what is paused: since when, until when, by whom, why')
    .addOption(new Option('--json', 'print one JSON document instead of text'))
    .addHelpText('before', examples('smtp-validate-cron pauses'))
    .action(async (options: { json?: true }) => {
      const { pausesCommand } = await import('../pause.ts');
      process.exitCode = await pausesCommand({ isJson: options.json === true });
    });
}
