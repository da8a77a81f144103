// The command line of `explain`.

import { type Command, Option } from 'commander';
import { examples } from './option-values.ts';

export function explain(program: Command): void {
  program
    .command('explain')
    .description(
      'tell why a row has its verdict, or why it waits: who was asked, what was said, what followed',
    )
    .argument('<address|id:N>', 'an address as it stands in emails, or a row’s id such as id:123')
    .addOption(new Option('--json', 'print one JSON document instead of text'))
    .addHelpText(
      'before',
      examples('smtp-validate-cron explain ann@example.com', 'smtp-validate-cron explain id:4711 --json'),
    )
    .action(async (what: string, options: { json?: true }) => {
      const { explainCommand } = await import('../explain.ts');
      process.exitCode = await explainCommand(what, options.json === true);
    });
}
