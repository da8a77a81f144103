// The command `migrate`: shows or runs the statements that the database lacks. What they are is store/migrate.ts.

import { existsSync } from 'node:fs';
import { counted } from '../domain/amounts.ts';
import { leaveToOwner } from '../files/leave-to-owner.ts';
import { loadConfig, type Config } from '../platform/config.ts';
import { EXIT } from '../platform/operational-error.ts';
import type { Store } from '../store/store.ts';
import { openConfiguredStore } from './open-configured-store.ts';
import { printLine, say } from './output.ts';

export async function migrateCommand({ isDryRun }: { readonly isDryRun: boolean }): Promise<number> {
  const config = loadConfig({ cwd: process.cwd() });
  const code = await migrateStore(config, isDryRun);
  if (config.database.type === 'sqlite' && !isDryRun) leaveToOwner([config.storageDir]);
  return code;
}

async function migrateStore(config: Config, isDryRun: boolean): Promise<number> {
  await using store = await openForMigration(config, isDryRun);
  const plan = await store.planMigration();
  if (plan.length === 0) {
    say(`${store.description}: nothing is missing`);
    return EXIT.done;
  }
  for (const { why, sql } of plan) await printLine(`-- ${why}\n${sql};\n`);
  if (isDryRun) {
    say(`${nameOf(config, store)}: ${counted(plan.length, 'statement')} would be run; nothing was changed`);
    return EXIT.done;
  }
  await store.migrate();
  say(`${store.description}: ${counted(plan.length, 'statement was', 'statements were')} run; ready`);
  return EXIT.done;
}

// What is planned in memory is planned for the file that is not there yet.
function nameOf({ database }: Config, store: Store): string {
  const isNew = database.type === 'sqlite' && !existsSync(database.file);
  return isNew ? `SQLite, file ${database.file}, which does not exist yet` : store.description;
}

// A dry run on an embedded database that is not there yet plans on an empty one in memory: it must leave no file.
function openForMigration(config: Config, isDryRun: boolean): Promise<Store> {
  const { database } = config;
  const isNew = database.type === 'sqlite' && !existsSync(database.file);
  if (isDryRun && isNew)
    return openConfiguredStore({ ...config, database: { type: 'sqlite', file: ':memory:' } }, true);
  return openConfiguredStore(config, !isDryRun);
}
