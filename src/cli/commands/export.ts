// The command line of `export`.

import { type Command, Option } from 'commander';
import type { RowStatus } from '../../store/list-page.ts';
import { examples, wholeNumber } from './option-values.ts';

export function exportList(program: Command): void {
  program
    .command('export')
    .description('a list with its verdicts, as CSV or JSON lines')
    .addOption(new Option('--list <id>', 'the list (required)').argParser(wholeNumber))
    .addOption(
      new Option('--status <status...>', 'only rows with this status (default: all)').choices([
        'valid',
        'catch-all',
        'invalid',
        'disposable',
        'unknown',
        'pending',
      ]),
    )
    .addOption(new Option('--format <format>', 'what is written').choices(['csv', 'ndjson']).default('csv'))
    .addOption(
      new Option('-o, --output <file>', 'where it is written, whole or not at all (default: stdout)'),
    )
    .addHelpText(
      'before',
      examples(
        'smtp-validate-cron export --list 12 -o list-12.csv',
        'smtp-validate-cron export --list 12 --status valid > mail-to-these.csv',
        'smtp-validate-cron export --list 12 --format ndjson | jq -r .reason | sort | uniq -c',
      ),
    )
    .addHelpText(
      'after',
      `
Columns: email, status, reason, response, code, enhanced, mx, attempt,
decided_at (UTC), id.
In CSV a text that a spreadsheet would take for a formula (it begins with = + -
@ or a tab) has an apostrophe in front, and nothing has control characters; JSON
lines have it as it is.`,
    )
    .action(
      async (options: { list?: number; status?: RowStatus[]; format: 'csv' | 'ndjson'; output?: string }) => {
        const { exportCommand } = await import('../export.ts');
        process.exitCode = await exportCommand({
          listId: options.list,
          statuses: options.status ?? [],
          format: options.format,
          output: options.output,
        });
      },
    );
}
