// The command line of `config`.

import { type Command, Option } from 'commander';
import { examples } from './option-values.ts';

export function config(program: Command): void {
  program
    .command('config')
    .description('the settings of this server')
    .command('print')
    .description('print every setting that is in force; secrets are masked (exit 78: some cannot be used)')
    .addOption(new Option('--origin', 'say where each comes from: environment, a file, or the default'))
    .addOption(new Option('--reasons', 'say why each is there, and why its default is what it is'))
    .addOption(new Option('--json', 'print one JSON document with all of this'))
    .addHelpText(
      'before',
      examples(
        'smtp-validate-cron config print --origin',
        'smtp-validate-cron config print --origin | grep -v default',
      ),
    )
    .action(async (options: { origin?: true; reasons?: true; json?: true }) => {
      const { printConfigCommand } = await import('../print-config.ts');
      process.exitCode = await printConfigCommand({
        hasOrigins: options.origin === true,
        hasReasons: options.reasons === true,
        isJson: options.json === true,
      });
    });
}
