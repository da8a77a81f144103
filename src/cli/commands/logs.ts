// The command line of `logs`.

import { type Command, Option } from 'commander';
import { examples, wholeNumber } from './option-values.ts';

export function logs(program: Command): void {
  program
    .command('logs')
    .description('the last lines of today’s log files, and with --follow what comes')
    .addOption(
      new Option('--user <id>', 'this user’s log and its workers’ (default: the cycles’)').argParser(
        wholeNumber,
      ),
    )
    .addOption(new Option('--worker <n>', 'only this worker’s log').argParser(wholeNumber))
    .addOption(
      new Option('--address <address>', 'only lines about this address, also where LOG_REDACT hides it'),
    )
    .addOption(
      new Option(
        '-n, --lines <n>',
        'how many lines to begin with (default: 20; all with --address)',
      ).argParser(wholeNumber),
    )
    .addOption(new Option('-f, --follow', 'go on, over midnight and new workers, until Ctrl-C'))
    .addOption(new Option('--json', 'print the events of the JSON log, one a line'))
    .addHelpText(
      'before',
      examples(
        'smtp-validate-cron logs --follow',
        'smtp-validate-cron logs --user 5 --follow',
        'smtp-validate-cron logs --user 5 --worker 3 -n 100',
        'smtp-validate-cron logs --user 5 --address ann@example.com',
      ),
    )
    .action(
      async (options: {
        user?: number;
        worker?: number;
        address?: string;
        lines?: number;
        follow?: true;
        json?: true;
      }) => {
        const { logsCommand } = await import('../logs.ts');
        process.exitCode = await logsCommand({
          userId: options.user,
          workerId: options.worker,
          address: options.address,
          lines: options.lines,
          isFollowed: options.follow === true,
          isJson: options.json === true,
        });
      },
    );
}
