// The command line of `classify`.

import type { Command } from 'commander';
import { examples } from './option-values.ts';

export function classify(program: Command): void {
  program
    .command('classify')
    .description('read "stage<TAB>reply" lines from stdin, print a JSON object a line; no network')
    .addHelpText(
      'before',
      examples(String.raw`printf 'rcpt\t550 5.1.1 no such user\n' | smtp-validate-cron classify`),
    )
    .action(async () => {
      const { classifyCommand } = await import('../classify-command.ts');
      process.exitCode = await classifyCommand();
    });
}
