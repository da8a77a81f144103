// The command line of `dashboard`.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { examples, wholeNumber } from './option-values.ts';

export function dashboard(program: Command): void {
  program
    .command('dashboard')
    .description('serve a live page with the figures of "status", and one for each list; changes nothing')
    .addOption(
      new Option('--port <number>', 'port to listen at; 0 for any that is free')
        .argParser(port)
        .default(8725),
    )
    .addOption(new Option('--host <address>', 'address to listen at').default('127.0.0.1'))
    .addHelpText(
      'before',
      examples(
        'smtp-validate-cron dashboard',
        'ssh -L 8725:127.0.0.1:8725 server1    # then http://localhost:8725/ shows it on your own desk',
        'smtp-validate-cron dashboard --host 0.0.0.0    # for others too, with a token',
      ),
    )
    .addHelpText(
      'after',
      `
At any address but this machine's own a token is needed: DASHBOARD_TOKEN, or one
that is made up and printed. It runs until Ctrl-C or SIGTERM, and asks the
database only while somebody looks.`,
    )
    .action(async (options: { port: number; host: string }) => {
      const { dashboardCommand } = await import('../dashboard.ts');
      process.exitCode = await dashboardCommand(options);
    });
}

function port(text: string): number {
  const number = wholeNumber(text);
  if (number > 65_535) throw new InvalidArgumentError('expected a port, 0 to 65535.');
  return number;
}
