// The command line of `providers`.

import { type Command, Option } from 'commander';
import { examples } from './option-values.ts';

export function providers(program: Command): void {
  program
    .command('providers')
    .description(
      'what each server knows of the mail hosts that it asks: connections, ceilings, who is left alone until when, and why',
    )
    .addOption(new Option('--json', 'print one JSON document instead of text'))
    .addHelpText('before', examples('smtp-validate-cron providers', 'smtp-validate-cron providers --json'))
    .addHelpText(
      'after',
      `
Told are providers by their names, and other hosts where there is something to
tell. What a provider, a suffix or a host is granted can be changed in
config/providers.json (config/README.md).`,
    )
    .action(async (options: { json?: true }) => {
      const { providersCommand } = await import('../providers.ts');
      process.exitCode = await providersCommand(options.json === true);
    });
}
