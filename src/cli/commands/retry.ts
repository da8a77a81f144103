// The command line of `retry`.

import { type Command, Option } from 'commander';
import type { Verdict } from '../../domain/verdict.ts';
import { examples, wholeNumber } from './option-values.ts';

export function retry(program: Command): void {
  program
    .command('retry')
    .description('queue decided rows of a list again: pending, no attempt counted, due now')
    .addOption(new Option('--list <id>', 'the list (required)').argParser(wholeNumber))
    .addOption(
      new Option(
        '--status <status...>',
        'rows with this verdict (default: unknown, or any with --reason)',
      ).choices(['valid', 'invalid', 'catch-all', 'disposable', 'unknown']),
    )
    .addOption(new Option('--reason <reason...>', 'rows decided for this reason, such as policy-block'))
    .addOption(new Option('--dry-run', 'count them; change nothing'))
    .addOption(new Option('--json', 'print one JSON document instead of text'))
    .addHelpText(
      'before',
      examples(
        'smtp-validate-cron retry --list 12 --dry-run',
        'smtp-validate-cron retry --list 12 --reason policy-block --reason sender-rejected',
      ),
    )
    .action(
      async (options: {
        list?: number;
        status?: Verdict[];
        reason?: string[];
        dryRun?: true;
        json?: true;
      }) => {
        const { retryCommand } = await import('../retry.ts');
        process.exitCode = await retryCommand({
          listId: options.list,
          statuses: options.status ?? [],
          reasons: options.reason ?? [],
          isDryRun: options.dryRun === true,
          isJson: options.json === true,
        });
      },
    );
}
