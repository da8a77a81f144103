// The command line of `import`.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { DELIMITERS, type TableFormat } from '../../domain/table-format.ts';
import { examples, wholeNumber } from './option-values.ts';

export function importList(program: Command): void {
  program
    .command('import')
    .description(
      'make a list of the addresses in a file: CSV, JSON lines or plain lines, of whatever encoding',
    )
    .argument('<file>', 'the file, or - for stdin')
    .addOption(new Option('--user <id>', 'the owner of the list (required)').argParser(wholeNumber))
    .addOption(new Option('--name <name>', 'of the list (default: that of the file)'))
    .addOption(
      new Option(
        '--column <name>',
        'that holds the addresses: a name in the header, or a number from 1 (default: found out)',
      ),
    )
    .addOption(
      new Option('--format <format>', 'what the file is (default: found out)').choices([
        'csv',
        'ndjson',
        'lines',
      ]),
    )
    .addOption(
      new Option('--delimiter <character>', 'between the cells: , ; | or tab (default: found out)').argParser(
        delimiter,
      ),
    )
    .addOption(
      new Option(
        '--left-out <file>',
        'where duplicates and rejects are written, each with its line and reason (default: beside the file)',
      ),
    )
    .addOption(new Option('--dry-run', 'show what is found in the file; write nothing'))
    .addOption(new Option('--json', 'print one JSON document instead of text'))
    .addHelpText(
      'before',
      examples(
        'smtp-validate-cron import leads.csv --user 5 --dry-run   # columns, first addresses',
        'smtp-validate-cron import leads.csv --user 5 --column "E-Mail" --name "Spring fair"',
        'zcat leads.txt.gz | smtp-validate-cron import - --user 5 --name leads',
      ),
    )
    .addHelpText(
      'after',
      `
Nothing of a list is claimed before it is whole. An import that was cut off, by
whatever, goes on where it stopped when the same command is given again.`,
    )
    .action(
      async (
        file: string,
        options: {
          user?: number;
          name?: string;
          column?: string;
          format?: TableFormat['type'];
          delimiter?: string;
          leftOut?: string;
          dryRun?: true;
          json?: true;
        },
      ) => {
        const { importCommand } = await import('../import.ts');
        process.exitCode = await importCommand({
          file,
          userId: options.user,
          name: options.name,
          column: options.column,
          format: options.format,
          delimiter: options.delimiter,
          leftOut: options.leftOut,
          isDryRun: options.dryRun === true,
          isJson: options.json === true,
        });
      },
    );
}

function delimiter(text: string): string {
  const character = /^(?:tab|\\t)$/i.test(text) ? '\t' : text;
  if (!DELIMITERS.some((known) => known === character))
    throw new InvalidArgumentError('expected , ; | or tab.');
  return character;
}
