// The command line of `compare`.

import { type Command, Option } from 'commander';
import { examples, pointInTime, wholeNumber } from './option-values.ts';

export function compare(program: Command): void {
  program
    .command('compare')
    .description('what shadow runs (run --shadow) came to, against the verdicts that the CRM shows')
    .addOption(new Option('--list <id>', 'only this list’s rows').argParser(wholeNumber))
    .addOption(
      new Option('--since <time>', 'only what we decided since (2026-11-05, 36h, 7d)').argParser(pointInTime),
    )
    .addOption(new Option('--json', 'print one JSON document instead of text'))
    .addHelpText(
      'before',
      examples('smtp-validate-cron compare', 'smtp-validate-cron compare --list 12 --json'),
    )
    .addHelpText(
      'after',
      `
Changes nothing. docs/migrating.md tells how a shadow run goes, and what to make
of the differences.`,
    )
    .action(async (options: { list?: number; since?: number; json?: true }) => {
      const { compareCommand } = await import('../compare.ts');
      process.exitCode = await compareCommand({
        listId: options.list,
        since: options.since,
        isJson: options.json === true,
      });
    });
}
