// A command line of each kind of option and argument, for whatever describes command lines.

import { Argument, Command, Option } from 'commander';
import { examples } from '../../src/cli/commands/option-values.ts';

export function sampleProgram(): Command {
  const program = new Command('sample').description('Does it’s best.').version('1.2.3');
  program
    .command('work', { isDefault: true })
    .description('the daily work')
    .addOption(new Option('--fast', 'hurry'));
  program
    .command('read')
    .description('read a file')
    .argument('<file>', 'what to read')
    .addOption(new Option('-o, --output <path>', 'where to'))
    .addOption(new Option('--level <level>', 'how much').choices(['some', 'all']))
    .addOption(new Option('--since <time>', 'from when on'))
    .addOption(new Option('--secret', 'for nobody').hideHelp())
    .addHelpText('before', examples('sample read -o x a.csv', String.raw`printf 'a\n' | sample read -`))
    .addHelpText('after', '\nMind the\ngap.');
  const group = program.command('group').description('more of it');
  group
    .command('print')
    .description('print it')
    .addArgument(new Argument('<kind>', 'which').choices(['one', 'other']));
  return program;
}
