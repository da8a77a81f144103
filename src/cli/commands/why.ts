// The command line of `why`.

import { type Command, Option } from 'commander';
import { examples, wholeNumber } from './option-values.ts';

export function why(program: Command): void {
  program
    .command('why')
    .description('tell why a list is not finished, and what will happen next and when')
    .argument('<list>', 'the list’s id in csv_list', wholeNumber)
    .addOption(new Option('--json', 'print one JSON document instead of text'))
    .addHelpText('before', examples('smtp-validate-cron why 12', 'smtp-validate-cron why 12 --json'))
    .action(async (listId: number, options: { json?: true }) => {
      const { whyCommand } = await import('../why.ts');
      process.exitCode = await whyCommand(listId, options.json === true);
    });
}
