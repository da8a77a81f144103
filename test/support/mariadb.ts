// A private MariaDB for a test run: its own folder, its own socket, no network. Also makes the databases in it,
// one for each test file. Where no server is installed, says so and lets the MySQL half of the suite be skipped.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createConnection, type Connection } from 'mysql2/promise';

export interface MariaDb {
  readonly socketPath: string;
  /** Ends the server as a power cut does. */
  kill(): void;
  /** Starts it again after kill(); resolves when it answers. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface MariaDbOptions {
  /** What was committed outlives kill(). Slower; without it a test run keeps nothing that it needs. */
  readonly isDurable?: boolean;
  /** With the memory and the redo log of MariaDB's own defaults, for whoever measures. */
  readonly isRoomy?: boolean;
}

const START_WITHIN_MS = 30_000;

const SMALL = [
  '--skip-networking',
  '--skip-log-bin',
  '--character-set-server=utf8mb4',
  '--key-buffer-size=1M',
  '--performance-schema=0',
  '--max-connections=60',
];

const TIGHT = ['--innodb-buffer-pool-size=32M', '--innodb-log-file-size=8M'];
const ROOMY = ['--innodb-buffer-pool-size=128M', '--innodb-log-file-size=96M'];

const FLEETING = ['--innodb-flush-log-at-trx-commit=0', '--innodb-doublewrite=0'];
// Every commit reaches the operating system, which outlives the server.
const DURABLE = ['--innodb-flush-log-at-trx-commit=2', '--innodb-doublewrite=1'];

/** Starts a server in a temporary folder; undefined, with a loud line, when none is installed. */
export async function startMariaDb({ isDurable = false, isRoomy = false }: MariaDbOptions = {}): Promise<
  MariaDb | undefined
> {
  const server = find('mariadbd') ?? find('mysqld');
  const install = find('mariadb-install-db') ?? find('mysql_install_db');
  if (server === undefined || install === undefined) {
    console.error(
      '\n*** The MySQL half of the store tests is SKIPPED: no mariadbd here. Install it with "apt-get install mariadb-server". ***\n',
    );
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'svc-db-'));
  const data = join(folder, 'data');
  const { username } = userInfo();
  const installed = spawnSync(
    install,
    [
      '--no-defaults',
      `--datadir=${data}`,
      `--user=${username}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      '--innodb-log-file-size=8M',
    ],
    { encoding: 'utf8' },
  );
  if (installed.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`${install} failed:\n${installed.stdout}\n${installed.stderr}`);
  }

  const socketPath = join(folder, 'db.sock');
  const pidFile = join(folder, 'pid');
  const log = join(folder, 'log');
  const child = startTied(folder, log, [
    server,
    '--no-defaults',
    `--datadir=${data}`,
    `--tmpdir=${folder}`, // a server that starts removes what it finds of temporary tables in a shared one
    `--socket=${socketPath}`,
    `--pid-file=${pidFile}`,
    `--user=${username}`,
    ...SMALL,
    ...(isRoomy ? ROOMY : TIGHT),
    ...(isDurable ? DURABLE : FLEETING),
  ]);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.stdin?.end();
    await ended;
  };
  const start = async () => {
    child.stdin?.write('start\n');
    await answers(socketPath, child);
  };
  try {
    await start();
  } catch (error) {
    const said = existsSync(log) ? readFileSync(log, 'utf8') : '';
    await stop();
    throw new Error(`${server} did not start:\n${said}`, { cause: error });
  }
  return {
    socketPath,
    kill: () => {
      process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
      rmSync(pidFile); // a number that is nobody's any more
    },
    restart: start,
    stop,
  };
}

/** Makes an empty database and removes it at the end. */
export async function createDatabase(
  socketPath: string,
  name: string,
): Promise<{ readonly name: string; connect(): Promise<Connection>; drop(): Promise<void> }> {
  const administer = async (sql: string) => {
    const connection = await createConnection({ socketPath, user: 'root' });
    await connection.query(sql);
    await connection.end();
  };
  await administer(`DROP DATABASE IF EXISTS \`${name}\``);
  await administer(`CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4`);
  return {
    name,
    connect: () =>
      createConnection({
        socketPath,
        user: 'root',
        database: name,
        multipleStatements: true,
        supportBigNumbers: true,
        decimalNumbers: true,
        dateStrings: true,
      }),
    drop: () => administer(`DROP DATABASE IF EXISTS \`${name}\``),
  };
}

// The shell in between starts the server for every line it reads, and ends it and removes its folder when its stdin
// closes: also when this process is killed and can do neither.
function startTied(folder: string, log: string, command: readonly string[]): ChildProcess {
  const script =
    'folder=$1; shift; while read -r _; do "$@" </dev/null & server=$!; done; kill $server 2>/dev/null; wait $server; rm -rf "$folder"';
  const out = openSync(log, 'a');
  const child = spawn('sh', ['-c', script, 'sh', folder, ...command], { stdio: ['pipe', out, out] });
  closeSync(out);
  return child;
}

async function answers(socketPath: string, child: ChildProcess): Promise<void> {
  const until = Date.now() + START_WITHIN_MS;
  for (;;) {
    try {
      const connection = await createConnection({ socketPath, user: 'root' });
      await connection.end();
      return;
    } catch (error) {
      if (Date.now() > until || child.exitCode !== null) throw error;
      await pause(50);
    }
  }
}

function find(program: string): string | undefined {
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/usr/local/bin',
  ];
  return folders
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path) && isExecutable(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
