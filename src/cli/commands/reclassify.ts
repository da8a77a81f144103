// The command line of `reclassify`.

import { type Command, Option } from 'commander';
import { examples, pointInTime, wholeNumber } from './option-values.ts';

export function reclassify(program: Command): void {
  program
    .command('reclassify')
    .description(
      'replay kept evidence through today’s rules and print what would be otherwise; asks no mail server',
    )
    .addOption(new Option('--list <id>', 'only this list’s rows').argParser(wholeNumber))
    .addOption(
      new Option('--since <time>', 'only what was decided since (2026-11-05, 36h, 7d)').argParser(
        pointInTime,
      ),
    )
    .addOption(new Option('--apply', 'write the differences; without it nothing is changed'))
    .addOption(new Option('--json', 'print one JSON document instead of text'))
    .addHelpText(
      'before',
      examples('smtp-validate-cron reclassify --since 7d', 'smtp-validate-cron reclassify --list 12 --apply'),
    )
    .addHelpText(
      'after',
      `
Rows that wait are left alone, and so is whatever was changed by others since.
What today's rules would try again becomes unknown; "retry --list N --reason …"
queues it.`,
    )
    .action(async (options: { list?: number; since?: number; apply?: true; json?: true }) => {
      const { reclassifyCommand } = await import('../reclassify.ts');
      process.exitCode = await reclassifyCommand({
        listId: options.list,
        since: options.since,
        isApplied: options.apply === true,
        isJson: options.json === true,
      });
    });
}
