// The command line of `install`.

import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { OperationalError } from '../../platform/operational-error.ts';
import { examples, pointInTime } from './option-values.ts';

export function install(program: Command): void {
  program
    .command('install')
    .description('print what makes cron or systemd start a cycle each minute in this folder, or write it')
    .addArgument(new Argument('<what>', 'what is to start it').choices(['cron', 'systemd']))
    .addOption(new Option('--write', 'write it: into the crontab, or as units; without it, print'))
    .addOption(
      new Option('--offset <seconds>', 'so long behind the full minute: 30 on the second server')
        .argParser(secondOfMinute)
        .default(0),
    )
    .addOption(
      new Option('--run-as <user>', 'whose crontab, or as whom the service runs').argParser(userName),
    )
    .addOption(new Option('--to <folder>', 'systemd: where the units go').default('/etc/systemd/system'))
    .addOption(new Option('--shadow', 'a shadow run each minute (docs/migrating.md)'))
    .addOption(new Option('--since <time>', 'with --shadow: as of run').argParser(checkedTime))
    .addHelpText(
      'before',
      examples(
        'smtp-validate-cron install cron                       # look at the line',
        'smtp-validate-cron install cron --write               # the crontab of whoever calls',
        'smtp-validate-cron install cron --offset 30 --write   # on the second server',
        'smtp-validate-cron install systemd --run-as smtp-validate --write',
      ),
    )
    .addHelpText(
      'after',
      `
Call it in the folder that holds .env: logs and storage are there. Calling it
again changes nothing, or only what it wrote itself. To take it out again:
crontab -e, or systemctl disable --now smtp-validate-cron.timer.`,
    )
    .action(
      async (
        what: 'cron' | 'systemd',
        options: {
          write?: true;
          offset: number;
          runAs?: string;
          to: string;
          shadow?: true;
          since?: string;
        },
      ) => {
        const { shadow, since } = options;
        if (since !== undefined && shadow !== true)
          throw new OperationalError('USAGE', 'install: --since goes with --shadow');
        const { installCommand } = await import('../install.ts');
        process.exitCode = await installCommand({
          what,
          isWritten: options.write === true,
          args:
            shadow === true ? ['run', '--shadow', ...(since === undefined ? [] : ['--since', since])] : [],
          offsetSeconds: options.offset,
          runAs: options.runAs,
          unitFolder: options.to,
        });
      },
    );
}

function secondOfMinute(text: string): number {
  if (!/^[0-5]?\d$/.test(text)) throw new InvalidArgumentError('expected seconds from 0 to 59.');
  return Number(text);
}

function userName(text: string): string {
  if (!/^[a-z_][a-z0-9_-]{0,31}$/i.test(text)) throw new InvalidArgumentError('expected the name of a user.');
  return text;
}

/** The word as it was given: `7d` is to mean seven days each time. */
function checkedTime(text: string): string {
  pointInTime(text);
  return text;
}
