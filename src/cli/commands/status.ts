// The command line of `status`.

import { type Command, Option } from 'commander';
import { examples } from './option-values.ts';

export function status(program: Command): void {
  program
    .command('status')
    .description('show who is at work, how fast, what is left of each list and when it will be done')
    .addOption(new Option('--watch', 'go on showing it, until q is pressed'))
    .addOption(new Option('--json', 'print one JSON document instead of text'))
    .addHelpText(
      'before',
      examples(
        'smtp-validate-cron status',
        'smtp-validate-cron status --watch',
        'smtp-validate-cron status --json | jq .speed',
      ),
    )
    .addHelpText(
      'after',
      `
TO ASK     rows that are asked about next: new, due again, or with a worker
READY IN   when all of TO ASK has been asked about, at the speed of the last
           five minutes; ≤ for a user without a speed of its own yet: then it is
           done when all are
RETRY      rows that hosts put off, and UNTIL when the last of them is asked
           again; it may be put off once more
BLOCKED    rows that wait since hosts refuse us: time alone does not settle them
           ("why LIST" tells more)
~ and +    about, and more than that: the rest was not counted`,
    )
    .action(async (options: { watch?: true; json?: true }) => {
      const { statusCommand } = await import('../status.ts');
      process.exitCode = await statusCommand({
        isWatching: options.watch === true,
        isJson: options.json === true,
      });
    });
}
