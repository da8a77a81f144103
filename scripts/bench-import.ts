// Measures what reading a file for an import costs: the built program with --dry-run on files of growing length, which takes
// no database. Processor time and the most memory are the kernel's (GNU time). Exits 1 when the memory grows by more
// than the digests of the addresses account for.
//
//   npm run bench:import [-- --rows 1000000]

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOptions } from '../test/support/command-options.ts';
import { IMPORT_BYTES_PER_ROW, writeLongListFile } from '../test/support/long-list-file.ts';

const PROGRAM = join(process.cwd(), 'bin/smtp-validate-cron');

const { wholeNumber } = readOptions('npm run bench:import -- [--rows 1000000]', {
  rows: { type: 'string', default: '1000000' },
});
const rows = wholeNumber('rows', 2, 100_000_000);
const folder = mkdtempSync(join(tmpdir(), 'bench-import-'));
try {
  const [small, large] = [await measure(rows / 2), await measure(rows)];
  const grown = (large.peakKb - small.peakKb) / (rows / 2 / 1024);
  console.log(`${grown.toFixed(0)} bytes of memory a row more; the bound is ${IMPORT_BYTES_PER_ROW}`);
  process.exitCode = grown > IMPORT_BYTES_PER_ROW ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(count: number): Promise<{ readonly peakKb: number }> {
  const file = join(folder, `${count}.csv`);
  await writeLongListFile(file, count);
  const { stderr, status, stdout } = spawnSync(
    '/usr/bin/time',
    ['-f', '%U %S %M', PROGRAM, 'import', file, '--dry-run', '--json'],
    { cwd: folder, encoding: 'utf8' },
  );
  const times = /([\d.]+) ([\d.]+) (\d+)\s*$/.exec(stderr);
  if (status !== 0 || times === null) throw new Error(`the import ended with ${status}: ${stderr}`);
  if ((JSON.parse(stdout) as { addresses: number }).addresses !== count)
    throw new Error('addresses are missing');
  const seconds = Number(times[1]) + Number(times[2]);
  const peakKb = Number(times[3]);
  const megabytes = statSync(file).size / 1e6;
  console.log(
    `${count} rows (${megabytes.toFixed(0)} MB): ${seconds.toFixed(1)} s of processor time, ${((seconds / count) * 1e6).toFixed(1)} µs a row, ${(peakKb / 1024).toFixed(0)} MiB at most`,
  );
  return { peakKb };
}
