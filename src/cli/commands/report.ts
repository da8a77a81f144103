// The command line of `report`.

import { type Command, Option } from 'commander';
import { examples, pointInTime, wholeNumber } from './option-values.ts';

export function report(program: Command): void {
  program
    .command('report')
    .description(
      'sum up what became of addresses: verdicts, reasons, providers, speed, retries, slow domains',
    )
    .addOption(new Option('--list <id>', 'only this list').argParser(wholeNumber).conflicts('user'))
    .addOption(new Option('--user <id>', 'only this user’s rows').argParser(wholeNumber))
    .addOption(
      new Option('--since <time>', 'only what was decided since (2026-11-05, 36h, 7d)').argParser(
        pointInTime,
      ),
    )
    .addOption(new Option('--html <file>', 'write a page to hand on, in one file, instead of printing'))
    .addOption(new Option('--json', 'print one JSON document instead of text').conflicts('html'))
    .addHelpText(
      'before',
      examples(
        'smtp-validate-cron report --list 12',
        'smtp-validate-cron report --list 12 --html list-12.html    # for the customer',
        'smtp-validate-cron report --since 24h',
      ),
    )
    .addHelpText(
      'after',
      `
The rows are read piece by piece: some million a minute, in little memory,
beside cycles that run. Without --list and --user it is about all rows.`,
    )
    .action(async (options: { list?: number; user?: number; since?: number; html?: string; json?: true }) => {
      const { reportCommand } = await import('../report.ts');
      process.exitCode = await reportCommand({
        filter: { listId: options.list, userId: options.user, since: options.since },
        htmlFile: options.html,
        isJson: options.json === true,
      });
    });
}
