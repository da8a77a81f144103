// The command line: commands, options and what they mean. Each command loads what it needs when it is called. The plain
// call by cron comes by here only when it has options: main.ts.

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { Verdict } from '../domain/verdict.ts';
import { EXIT, OperationalError } from '../platform/operational-error.ts';
import { watchOutput } from './output.ts';
import type { RunOptions } from './run.ts';

declare const __VERSION__: string;

/** Does what the command line asks for. `runCycle` is the command `run`, to the exit code. */
export async function obeyCommandLine(runCycle: (options: RunOptions) => Promise<void>): Promise<void> {
  watchOutput();
  try {
    await commandLine(runCycle).parseAsync();
  } catch (error) {
    // Help and the version have been printed by then, and so has what is wrong with the call.
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
}

function commandLine(runCycle: (options: RunOptions) => Promise<void>): Command {
  const program = new Command('smtp-validate-cron')
    .description(
      'Asks mail servers whether mailboxes exist, and writes the verdicts back to the CRM’s database.',
    )
    .version(__VERSION__)
    .exitOverride()
    .showHelpAfterError('(run with --help for the commands and options)')
    .configureOutput({ outputError: (text, write) => write(text) });

  program
    .command('run', { isDefault: true })
    .description(
      'one cycle, as cron calls it each minute; ends when nothing due is left (the default command: --dry-run, --user, --max-runtime, --json)',
    )
    .allowExcessArguments(true) // said below, in words that fit
    .addOption(new Option('--dry-run', 'say what a cycle would do; change nothing, ask no mail server'))
    .addOption(new Option('--user <id>', 'only this user’s rows').argParser(wholeNumber))
    .addOption(
      new Option(
        '--max-runtime <time>',
        'stop after this long (90, 90s, 10m, 1h); the rest is given back',
      ).argParser(duration),
    )
    .addOption(new Option('--json', 'print one JSON document instead of text'))
    .addHelpText(
      'before',
      examples('smtp-validate-cron run --dry-run', 'smtp-validate-cron run --user 5 --max-runtime 10m'),
    )
    .action(
      async (options: { dryRun?: true; user?: number; maxRuntime?: number; json?: true }, run: Command) => {
        const [unknown] = run.args;
        if (unknown !== undefined) throw unknownCommand(unknown);
        await runCycle({
          isDryRun: options.dryRun === true,
          onlyUser: options.user,
          maxRuntimeMs: options.maxRuntime,
          isJson: options.json === true,
        });
      },
    );

  program
    .command('migrate')
    .description(
      'create what is missing in the database: svc_* tables, missing indexes, and on an empty database the CRM’s tables',
    )
    .addOption(new Option('--dry-run', 'print the SQL; change nothing'))
    .addHelpText('before', examples('smtp-validate-cron migrate --dry-run', 'smtp-validate-cron migrate'))
    .action(async (options: { dryRun?: true }) => {
      const { migrateCommand } = await import('./migrate.ts');
      process.exitCode = await migrateCommand({ isDryRun: options.dryRun === true });
    });

  program
    .command('check')
    .description(
      'verify addresses without any database (exit 0: all valid, 2: some not deliverable, 3: some unknown)',
    )
    .argument('[address...]', 'addresses to verify')
    .addOption(new Option('--file <path>', 'read addresses from a file, one a line (- for stdin)'))
    .addOption(new Option('--json', 'print a JSON object a line'))
    .addHelpText(
      'before',
      examples(
        'smtp-validate-cron check ann@example.com',
        'smtp-validate-cron check --file addresses.txt --json',
      ),
    )
    .action(async (addresses: string[], options: { file?: string; json?: true }) => {
      const { checkCommand } = await import('./check.ts');
      process.exitCode = await checkCommand({ addresses, file: options.file, isJson: options.json === true });
    });

  program
    .command('classify')
    .description('read "stage<TAB>reply" lines from stdin, print a JSON object a line; no network')
    .addHelpText(
      'before',
      examples(String.raw`printf 'rcpt\t550 5.1.1 no such user\n' | smtp-validate-cron classify`),
    )
    .action(async () => {
      const { classifyCommand } = await import('./classify-command.ts');
      process.exitCode = await classifyCommand();
    });

  program
    .command('explain')
    .description(
      'tell why a row has its verdict, or why it waits: who was asked, what was said, what followed',
    )
    .argument('<address|id:N>', 'an address as it stands in emails, or a row’s id such as id:123')
    .addOption(new Option('--json', 'print one JSON document instead of text'))
    .addHelpText(
      'before',
      examples('smtp-validate-cron explain ann@example.com', 'smtp-validate-cron explain id:4711 --json'),
    )
    .action(async (what: string, options: { json?: true }) => {
      const { explainCommand } = await import('./explain.ts');
      process.exitCode = await explainCommand(what, options.json === true);
    });

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
Rows that wait are left alone, and so is whatever was changed by others since. What today's rules would
try again becomes unknown; "retry --list N --reason …" queues it.`,
    )
    .action(async (options: { list?: number; since?: number; apply?: true; json?: true }) => {
      const { reclassifyCommand } = await import('./reclassify.ts');
      process.exitCode = await reclassifyCommand({
        listId: options.list,
        since: options.since,
        isApplied: options.apply === true,
        isJson: options.json === true,
      });
    });

  program
    .command('retry')
    .description('queue decided rows of a list again: pending, no attempt counted, due now')
    .addOption(new Option('--list <id>', 'the list (required)').argParser(wholeNumber))
    .addOption(
      new Option(
        '--status <status...>',
        'rows with this verdict (default: unknown, or any with --reason)',
      ).choices(['valid', 'invalid', 'catch-all', 'disposable', 'unknown']),
    )
    .addOption(new Option('--reason <reason...>', 'rows decided for this reason, such as policy-block'))
    .addOption(new Option('--dry-run', 'count them; change nothing'))
    .addOption(new Option('--json', 'print one JSON document instead of text'))
    .addHelpText(
      'before',
      examples(
        'smtp-validate-cron retry --list 12 --dry-run',
        'smtp-validate-cron retry --list 12 --reason policy-block --reason sender-rejected',
      ),
    )
    .action(
      async (options: {
        list?: number;
        status?: Verdict[];
        reason?: string[];
        dryRun?: true;
        json?: true;
      }) => {
        const { retryCommand } = await import('./retry.ts');
        process.exitCode = await retryCommand({
          listId: options.list,
          statuses: options.status ?? [],
          reasons: options.reason ?? [],
          isDryRun: options.dryRun === true,
          isJson: options.json === true,
        });
      },
    );

  program.addHelpText(
    'before',
    examples(
      'smtp-validate-cron migrate --dry-run     # what would be created in the database',
      'smtp-validate-cron --dry-run             # what a cycle would do now',
      'smtp-validate-cron                       # one cycle, as cron runs it',
      'smtp-validate-cron check ann@example.com',
      'smtp-validate-cron explain ann@example.com',
      String.raw`printf 'rcpt\t550 5.1.1 no such user\n' | smtp-validate-cron classify`,
    ),
  );
  program.addHelpText(
    'after',
    `
Exit codes: 0 done or nothing to do, 1 workers failed or rows were given back, 64 usage, 69 database unreachable,
70 a bug, 73/74 files cannot be created/written, 78 configuration, 130/143 stopped by a signal.`,
  );
  return program;
}

function unknownCommand(name: string): OperationalError {
  return new OperationalError('USAGE', `unknown command ${JSON.stringify(name)}; --help lists the commands`);
}

/** What is looked for most stands first in a help. */
function examples(...commands: readonly string[]): string {
  return ['Examples:', ...commands.map((command) => `  $ ${command}`), ''].join('\n');
}

function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('expected a whole number.');
  return Number(text);
}

function duration(text: string): number {
  const match = /^(\d{1,6})(s|m|h)?$/.exec(text);
  const unitMs = { s: 1_000, m: 60_000, h: 3_600_000 }[match?.[2] ?? 's'];
  if (match === null || unitMs === undefined || Number(match[1]) === 0) {
    throw new InvalidArgumentError('expected seconds, or a number with s, m or h, such as 90, 10m, 1h.');
  }
  return Number(match[1]) * unitMs;
}

/** Seconds since 1970: a day or a moment in local time, or so long ago. */
function pointInTime(text: string): number {
  const ago = /^(\d{1,5})(m|h|d)$/.exec(text);
  if (ago !== null) {
    const unitSeconds = { m: 60, h: 3_600, d: 86_400 }[ago[2] ?? 'd'] ?? 86_400;
    return Math.floor(Date.now() / 1000) - Number(ago[1]) * unitSeconds;
  }
  const [, day, time = '00:00'] = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d))?$/.exec(text) ?? [];
  const moment = Date.parse(`${day}T${time}`);
  if (Number.isNaN(moment)) {
    throw new InvalidArgumentError(
      'expected a day (2026-11-05), a moment (2026-11-05T12:30), or 30m, 36h, 7d.',
    );
  }
  return Math.floor(moment / 1000);
}
