// The command line of `doctor`.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseIp } from '../../domain/ip-address.ts';
import { examples } from './option-values.ts';

export function doctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'tell whether this machine is fit to probe, and what to do where it is not (exit 2: something fails)',
    )
    .addOption(
      new Option(
        '--address <ip...>',
        'our public address, where this machine does not see it (NAT, a proxy)',
      ).argParser(ipAddresses),
    )
    .addOption(
      new Option(
        '--mail-host <name>',
        'greet this host to try port 25, instead of the one of our own sender’s domain',
      ),
    )
    .addOption(new Option('--json', 'print one JSON document instead of text'))
    .addHelpText(
      'before',
      examples(
        'smtp-validate-cron doctor',
        'smtp-validate-cron doctor --address 198.51.100.7',
        'smtp-validate-cron doctor --json | jq -r \'.checks[] | select(.grade != "ok") | .text\'',
      ),
    )
    .addHelpText(
      'after',
      `
Run it as the user of the cron job, in the folder of the cron job. It changes
nothing. One connection is made to a mail host, and ends after the greeting.`,
    )
    .action(async (options: { address?: string[]; mailHost?: string; json?: true }) => {
      const { doctorCommand } = await import('../doctor.ts');
      const { exitCode, isAbandoned } = await doctorCommand({
        addresses: options.address ?? [],
        mailHost: options.mailHost,
        isJson: options.json === true,
      });
      process.exitCode = exitCode;
      if (isAbandoned) process.exit();
    });
}

function ipAddresses(text: string, others: readonly string[] = []): readonly string[] {
  if (parseIp(text) === undefined) throw new InvalidArgumentError('expected an IP address.');
  return [...others, text];
}
