// Writes the man page of the program to the file that is named; the build calls it. What stands in it is src/cli/man-page.ts.

import { writeFileSync } from 'node:fs';
import { commandLine } from '../src/cli/commands.ts';
import { commandTree } from '../src/cli/command-tree.ts';
import { manPage } from '../src/cli/man-page.ts';
import { documentSettings } from '../src/platform/settings.ts';

declare const __VERSION__: string;

const EXIT_CODES = [
  ['0', 'done, nothing to do, or already running'],
  ['1', 'finished, but workers failed or rows were given back'],
  ['2, 3', 'check: some addresses are not deliverable (2), some unknown (3); doctor: something fails (2)'],
  ['64', 'the call is wrong'],
  ['69', 'the database is not reachable'],
  ['70', 'a bug'],
  ['73, 74', 'a file cannot be created, cannot be written'],
  ['78', 'the configuration is invalid, or the database is not migrated'],
  ['130, 143', 'stopped by a signal, after draining'],
] as const;

const FILES = [
  ['.env, config/smtp-validate.env', 'settings, KEY=value a line'],
  ['logs/smtp_validation_cron_YYYY-MM-DD.log', 'the cycles of a day'],
  ['logs/user_N_YYYY-MM-DD.log', 'what was done for a user'],
  ['logs/user_N_worker_N_YYYY-MM-DD_HH-MM-SS.log', 'what a worker did, a line for every address'],
  ['storage/cron.lock, storage/cron.json', 'the lock of this server, and who holds it'],
  ['storage/batches/', 'finished work, one result an address'],
] as const;

writeFileSync(
  process.argv[2]!,
  manPage({
    tree: commandTree(commandLine(() => Promise.resolve())),
    version: __VERSION__,
    settings: documentSettings(),
    exitCodes: EXIT_CODES,
    files: FILES,
  }),
);
