import { mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import { describe, expect, it } from 'vitest';

import { removeOldFiles } from '../../src/files/retention.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const DAY_MS = 24 * 3600 * 1000;
const NOW = new Date(2026, 10, 24, 12).getTime();

/** Makes a file that was last changed `days` days ago. */
function age(days: number, ...path: string[]): string {
  const file = join(folder(), ...path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '');
  utimesSync(file, (NOW - days * DAY_MS) / 1000, (NOW - days * DAY_MS) / 1000);
  return file;
}

async function removed(): Promise<string[]> {
  const policy = {
    logDir: join(folder(), 'logs'),
    storageDir: join(folder(), 'storage'),
    logRetentionDays: 7,
  };
  const paths = await removeOldFiles(policy, { now: () => NOW });
  return paths.map(({ path }) => relative(folder(), path));
}

describe('removeOldFiles', () => {
  it.each([
    'logs/smtp_validation_cron_2026-11-16.log',
    'logs/user_5_2026-11-16.log',
    'logs/user_5_worker_12_2026-11-16_10-15-03.log',
    'logs/json/smtp_validation.2026-11-16.1.jsonl',
    'storage/batches/20261116T101503000Z-s1/user_5/worker_1.json',
    'storage/batches/20261116T101503000Z-s1/user_5/worker_1.json.tmp',
    'storage/smtp-validate-cron-program.cjs-v18.0.0-x64.code',
    'storage/smtp-worker-program.cjs-v18.0.0-x64-noregexptierup.code',
    `storage/smtp-worker-program.cjs-${process.version}-${process.arch}.code.4711`,
  ])('removes %s after eight days', async (path) => {
    age(8, path);

    expect(await removed()).toEqual([path]);
  });

  it.each([
    ['of a day that is kept', 6, 'logs/user_5_2026-11-18.log'],
    ['of the last day that is kept', 8, 'logs/user_5_2026-11-17.log'],
    ['that is written to although its name is old', 0, 'logs/user_5_2026-11-01.log'],
    [
      'of this Node under other options',
      90,
      `storage/smtp-worker-program.cjs-${process.version}-x64-noregexptierup-singlethreaded.code`,
    ],
    ['of this Node', 90, `storage/smtp-worker-program.cjs-${process.version}-${process.arch}.code`],
    ['of somebody else', 90, 'storage/smtp-validate.db'],
    ['of somebody else', 90, 'logs/php_errors.log'],
    ['of somebody else', 90, 'logs/cron_output.log'],
    ['with a name like ours', 90, 'logs/user_5_2026-08-01.log.gz'],
    ['with a name like ours', 90, 'logs/my_user_5_2026-08-01.log'],
    ['with a name like ours', 90, 'logs/user_x_2026-08-01.log'],
    ['in a folder of somebody else', 90, 'logs/archive/user_5_2026-08-01.log'],
    [
      'with an unknown name beside batch files',
      90,
      'storage/batches/20260801T101503000Z-s1/user_5/notes.txt',
    ],
    ['in a folder that is no cycle', 90, 'storage/batches/backup/user_5/worker_1.json'],
    ['that is a journal', 90, 'storage/batches/20260801T101503000Z-s1/user_5/worker_1.ndjson'],
    ['of the database', 90, 'storage/smtp-validate.db'],
  ])('leaves a file %s (%i days): %s', async (_, days, path) => {
    age(days, path);

    expect(await removed()).toEqual([]);
  });

  it('removes the folders of a cycle when they are empty', async () => {
    age(8, 'storage/batches/20261116T101503000Z-s1/user_5/worker_1.json');
    age(1, 'storage/batches/20261123T101503000Z-s1/user_5/worker_1.json');

    await removed();

    expect(readdirSync(join(folder(), 'storage/batches'))).toEqual(['20261123T101503000Z-s1']);
  });

  it('follows no link', async () => {
    const target = age(90, 'elsewhere/user_5_2026-08-01.log');
    mkdirSync(join(folder(), 'logs'));
    symlinkSync(target, join(folder(), 'logs/user_5_2026-08-01.log'));

    expect(await removed()).toEqual([]);
  });

  it('removes nothing where there is nothing', async () => {
    expect(await removed()).toEqual([]);
  });
});
