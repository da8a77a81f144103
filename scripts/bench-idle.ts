// Measures what a cycle costs that finds nothing to do: the built program on a private MariaDB whose rows are all
// decided, in turn with `node -e 0`, since only their ratio means something on a machine that others use as well.
// Processor time is the kernel's for the process and its threads (user and system), told by bash. Also counts what the
// database is asked. Exits 1 when the ratio is above the bound.
//
//   npm run bench:idle [-- --runs 21] [--json]

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from 'mysql2/promise';
import { readOptions } from '../test/support/command-options.ts';
import { createDatabase, startMariaDb } from '../test/support/mariadb.ts';

const BOUND = 2.6;
const PROGRAM = join(process.cwd(), 'bin/smtp-validate-cron');
const LISTS = 3;
const ROWS_PER_LIST = 2_000;

const { values: options, wholeNumber } = readOptions('npm run bench:idle -- [--runs 21] [--json]', {
  runs: { type: 'string', default: '21' },
  json: { type: 'boolean', default: false },
});
const runs = wholeNumber('runs', 1, 10_000);
const folder = mkdtempSync(join(tmpdir(), 'bench-idle-'));
const mariadb = await startMariaDb();
if (mariadb === undefined) throw new Error('no MariaDB to measure on');
try {
  await measure(mariadb.socketPath);
} finally {
  await mariadb.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function measure(socketPath: string): Promise<void> {
  const database = await createDatabase(socketPath, 'bench_idle');
  const connection = await database.connect();
  const [[{ version }]] = (await connection.query('SELECT VERSION() AS version')) as unknown as [
    [{ version: string }],
  ];
  // A user with a password, as everybody has: its scrambling loads node:crypto.
  await connection.query(
    "CREATE USER IF NOT EXISTS bench@localhost IDENTIFIED BY 'secret'; GRANT ALL ON bench_idle.* TO bench@localhost",
  );
  writeFileSync(
    join(folder, '.env'),
    `DB_SOCKET=${socketPath}\nDB_USER=bench\nDB_PASSWORD=secret\nDB_NAME=bench_idle\nSERVER_ID=bench\n`,
  );
  run('migrate');
  await fill(connection);
  run(); // completes the lists
  run(); // the first at rest: its compiled code is kept
  const asked = await statementsOf(connection, () => run());

  const bare: number[] = [];
  const idle: number[] = [];
  for (let round = 0; round < runs; round++) {
    bare.push(processorMs([process.execPath, '-e', '0']));
    idle.push(processorMs([process.execPath, PROGRAM]));
  }
  await connection.end();
  await database.drop();

  const ratio = median(idle) / median(bare);
  report({
    node: process.version,
    database: version,
    cores: availableParallelism(),
    load: loadavg()[0]!.toFixed(1),
    runs,
    rows: LISTS * ROWS_PER_LIST,
    bareMs: median(bare),
    idleMs: median(idle),
    ratio: Math.round(ratio * 100) / 100,
    statements: asked.length,
    asked,
  });
  if (ratio > BOUND) process.exitCode = 1;
}

/** Lists as a finished import leaves them: every row decided. */
async function fill(connection: Connection): Promise<void> {
  for (let list = 1; list <= LISTS; list++) {
    await connection.query('INSERT INTO csv_list (id, user_id, total_emails, status) VALUES (?, ?, ?, ?)', [
      list,
      list,
      ROWS_PER_LIST,
      'running',
    ]);
    const rows = Array.from({ length: ROWS_PER_LIST }, (_, at) => [
      `u${at}@example.com`,
      list,
      list,
      1,
      1,
      'valid',
    ]);
    await connection.query(
      'INSERT INTO emails (raw_emailid, csv_list_id, user_id, domain_processed, domain_status, validation_status) VALUES ?',
      [rows],
    );
  }
}

/** What others ask of the server while `work` runs. */
async function statementsOf(connection: Connection, work: () => void): Promise<readonly string[]> {
  await connection.query("SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = 1");
  work();
  await connection.query('SET GLOBAL general_log = 0');
  const [rows] = (await connection.query(
    "SELECT argument FROM mysql.general_log WHERE command_type = 'Query' AND thread_id <> CONNECTION_ID()",
  )) as unknown as [{ argument: Buffer | string }[]];
  return rows.map(({ argument }) => String(argument).replace(/\s+/g, ' '));
}

function run(...args: string[]): void {
  execFileSync(process.execPath, [PROGRAM, ...args], { cwd: folder, env: environment(), stdio: 'ignore' });
}

/** User and system time of a process and its threads. */
function processorMs(command: readonly string[]): number {
  const { stderr } = spawnSync(
    'bash',
    ['-c', 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>&1', 'bash', ...command],
    { cwd: folder, env: environment(), encoding: 'utf8' },
  );
  const [user, system] = stderr.trim().split(' ').map(Number);
  return Math.round((user! + system!) * 1000);
}

// As cron has it, and without what would burden both sides alike.
function environment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', HOME: folder };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function report(figures: { readonly asked: readonly string[]; readonly [figure: string]: unknown }): void {
  if (options.json) return console.log(JSON.stringify(figures));
  const { asked, node, database, cores, load, rows, bareMs, idleMs, ratio } = figures;
  console.log(
    `Node ${String(node)}, ${String(database)}, ${String(cores)} cores, load ${String(load)}, ${String(rows)} decided rows, median of ${runs} runs each in turn`,
  );
  console.log(`  node -e 0    ${String(bareMs)} ms of processor time`);
  console.log(`  idle cycle   ${String(idleMs)} ms, ${String(ratio)} times as much (bound ${BOUND})`);
  console.log(`  statements   ${asked.length}, one round trip each:`);
  for (const statement of asked) console.log(`    ${statement.slice(0, 150)}`);
}
