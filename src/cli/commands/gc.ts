// The command line of `gc`.

import { type Command, Option } from 'commander';
import { examples } from './option-values.ts';

export function gc(program: Command): void {
  program
    .command('gc')
    .description(
      'remove what is older than it is to be kept: logs, batch files, evidence, stale rows of svc_* tables',
    )
    .addOption(new Option('--dry-run', 'count it; remove nothing'))
    .addOption(new Option('--json', 'print one JSON document instead of text'))
    .addHelpText('before', examples('smtp-validate-cron gc --dry-run', 'smtp-validate-cron gc'))
    .addHelpText(
      'after',
      `
Log and batch files older than LOG_RETENTION_DAYS go each day by themselves.
Evidence older than EVIDENCE_RETENTION_DAYS, and that of rows which the CRM
deleted, goes only by this command: once a night is a good time. So do what the
servers did minute by minute (after LOG_RETENTION_DAYS) and what has expired. It
runs beside cycles, in small steps. Journals and rows that wait are never touched.`,
    )
    .action(async (options: { dryRun?: true; json?: true }) => {
      const { gcCommand } = await import('../gc.ts');
      process.exitCode = await gcCommand({
        isDryRun: options.dryRun === true,
        isJson: options.json === true,
      });
    });
}
