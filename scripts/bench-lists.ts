// What a list costs from one end to the other: imported, given verdicts and evidence by plain SQL (probing has a bench of its own),
// exported and reported, by the built program on a private MariaDB. First a tenth of the rows, then all of them, so that what
// grows with a list shows. Processor time and the most memory of the program are the kernel's (GNU time). Exits 1 when export
// or report take more memory for the long list than for the short one, or the import more than the digests account for.
//
//   npm run bench:lists [-- --rows 1000000]     some minutes, and 1 GB in the folder of temporary files; ten times both for ten million

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readOptions } from '../test/support/command-options.ts';
import { IMPORT_BYTES_PER_ROW, writeLongListFile } from '../test/support/long-list-file.ts';
import { createDatabase, startMariaDb } from '../test/support/mariadb.ts';

const PROGRAM = join(process.cwd(), 'bin/smtp-validate-cron');
const DATABASE = 'bench_lists';
/** As an installation of this size has it, or more: what is measured is the program. */
const BUFFER_POOL_BYTES = 1 << 30;
/** Garbage that was not collected yet. */
const ALLOWANCE_KB = 64 * 1024;
const ROWS_PER_UPDATE = 50_000;

const { wholeNumber } = readOptions('npm run bench:lists -- [--rows 1000000]', {
  rows: { type: 'string', default: '1000000' },
});
const rows = wholeNumber('rows', 1_000, 100_000_000);
const folder = mkdtempSync(join(tmpdir(), 'bench-lists-'));
const mariadb = await startMariaDb({ isRoomy: true });
if (mariadb === undefined) throw new Error('there is no MariaDB here to measure');
try {
  const database = await createDatabase(mariadb.socketPath, DATABASE);
  const connection = await database.connect();
  await connection.query(`SET GLOBAL innodb_buffer_pool_size = ${BUFFER_POOL_BYTES}`);
  run('migrate', ['migrate'], 0);
  const small = await measure(1, rows / 10);
  const large = await measure(2, rows);
  await connection.end();
  for (const [what, peakKb] of large) {
    const allowed = what === 'import' ? (IMPORT_BYTES_PER_ROW * 0.9 * rows) / 1024 : 0;
    if (peakKb <= small.get(what)! + allowed + ALLOWANCE_KB) continue;
    console.log(`NOT AS IT MUST BE: memory of ${what} grows with the list`);
    process.exitCode = 1;
  }

  async function measure(listId: number, count: number): Promise<ReadonlyMap<string, number>> {
    const peaks = new Map<string, number>();
    const file = join(folder, `${count}.csv`);
    await writeLongListFile(file, count);
    const out = join(folder, 'out.csv');
    const list = ['--list', String(listId)];
    peaks.set('import', run('import', ['import', file, '--user', '5', '--json'], count));
    rmSync(file);
    await decide(listId);
    peaks.set('export', run('export', ['export', ...list, '-o', out], count));
    if (linesOf(out) !== count + 1) throw new Error('rows are missing in the export');
    console.log(`  ${(statSync(out).size / 1e6).toFixed(0)} MB exported`);
    rmSync(out);
    peaks.set('report', run('report', ['report', ...list, '--json'], count));
    peaks.set('report --since', run('report --since', ['report', '--since', '1h', '--json'], count));
    return peaks;
  }

  /** Nine in ten decided within the last month, one in a thousand of these within the hour; the tenth waits. */
  async function decide(listId: number): Promise<void> {
    const [bounds] = await connection.query(
      'SELECT MIN(id) AS first, MAX(id) AS last FROM emails WHERE csv_list_id = ?',
      [listId],
    );
    const { first, last } = (bounds as { first: number; last: number }[])[0]!;
    for (let from = first; from <= last; from += ROWS_PER_UPDATE) {
      const range = [from, Math.min(from + ROWS_PER_UPDATE - 1, last)];
      await connection.query(
        `UPDATE emails SET domain_processed = 1, domain_status = id % 5 < 3, domain_verified = 1,
           validation_status = CASE WHEN id % 5 < 3 THEN 'valid' ELSE 'invalid' END,
           validation_response = CASE WHEN id % 5 < 3 THEN '192.0.2.1' ELSE '550 5.1.1 no such user here' END
         WHERE id BETWEEN ? AND ? AND id % 10 > 0`,
        range,
      );
      await connection.query(
        `INSERT INTO svc_verdict (row_id, status, reason, code, enhanced, reply, mx, ip, rule_id, stage, attempt, decided_at, server, took_ms)
         SELECT id, validation_status, CASE WHEN id % 5 < 3 THEN 'accepted' ELSE 'mailbox-not-found' END,
           CASE WHEN id % 5 < 3 THEN 250 ELSE 550 END, CASE WHEN id % 5 < 3 THEN '2.1.5' ELSE '5.1.1' END,
           'no such user here', CONCAT('mx', id % 2000, '.example'), '192.0.2.1', 'code-250', 'rcpt', 1,
           UNIX_TIMESTAMP() - CASE WHEN id % 1000 = 1 THEN 60 ELSE 7200 + id % 2500000 END, 'alpha', id % 900
         FROM emails WHERE id BETWEEN ? AND ? AND domain_processed = 1`,
        range,
      );
    }
  }
} finally {
  await mariadb.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Runs the program, prints what it cost, and gives the most memory that it had, in KiB. */
function run(what: string, args: readonly string[], count: number): number {
  const before = serverCpuSeconds();
  const began = performance.now();
  const { stderr, status, stdout } = spawnSync('/usr/bin/time', ['-f', '%U %S %M', PROGRAM, ...args], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    env: { PATH: process.env['PATH'], DB_SOCKET: mariadb!.socketPath, DB_USER: 'root', DB_NAME: DATABASE },
  });
  const times = /([\d.]+) ([\d.]+) (\d+)\s*$/.exec(stderr);
  if (status !== 0 || times === null) throw new Error(`${what} ended with ${status}: ${stdout} ${stderr}`);
  const own = Number(times[1]) + Number(times[2]);
  const server = serverCpuSeconds() - before;
  const each = (seconds: number): string =>
    count === 0 ? '' : ` (${((seconds / count) * 1e6).toFixed(1)} µs a row)`;
  console.log(
    `${what} of ${count} rows: ${((performance.now() - began) / 1000).toFixed(0)} s, processor time ${own.toFixed(1)} s${each(own)} ` +
      `and MariaDB's ${server.toFixed(1)} s${each(server)}, ${(Number(times[3]) / 1024).toFixed(0)} MiB at most`,
  );
  return Number(times[3]);
}

function serverCpuSeconds(): number {
  const pid = readFileSync(join(dirname(mariadb!.socketPath), 'pid'), 'utf8').trim();
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function linesOf(file: string): number {
  return Number(spawnSync('wc', ['-l', file], { encoding: 'utf8' }).stdout.split(' ')[0]);
}
