// The command line of `migrate`.

import { type Command, Option } from 'commander';
import { examples } from './option-values.ts';

export function migrate(program: Command): void {
  program
    .command('migrate')
    .description(
      'create what is missing in the database: svc_* tables, missing indexes, and on an empty database the CRM’s tables',
    )
    .addOption(new Option('--dry-run', 'print the SQL; change nothing'))
    .addHelpText('before', examples('smtp-validate-cron migrate --dry-run', 'smtp-validate-cron migrate'))
    .action(async (options: { dryRun?: true }) => {
      const { migrateCommand } = await import('../migrate.ts');
      process.exitCode = await migrateCommand({ isDryRun: options.dryRun === true });
    });
}
