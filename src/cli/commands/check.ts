// The command line of `check`.

import { type Command, Option } from 'commander';
import { examples } from './option-values.ts';

export function check(program: Command): void {
  program
    .command('check')
    .description(
      'verify addresses without any database (exit 0: all valid, 2: some not deliverable, 3: some unknown)',
    )
    .argument('[address...]', 'addresses to verify')
    .addOption(new Option('--file <path>', 'read addresses from a file, one a line (- for stdin)'))
    .addOption(new Option('--json', 'print a JSON object a line'))
    .addHelpText(
      'before',
      examples(
        'smtp-validate-cron check ann@example.com',
        'smtp-validate-cron check --file addresses.txt --json',
      ),
    )
    .action(async (addresses: string[], options: { file?: string; json?: true }) => {
      const { checkCommand } = await import('../check.ts');
      process.exitCode = await checkCommand({ addresses, file: options.file, isJson: options.json === true });
    });
}
