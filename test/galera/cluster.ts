// Two nodes of a MariaDB Galera cluster on loopback, each with its own folder, socket and ports. The first has the
// greater weight: the second can die or be cut off and the first goes on, as the larger part of a real cluster does.
// A node belongs to an ordinary user, since the transfer of a node's state by rsync fails for root.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { createConnection, type Connection } from 'mysql2/promise';
import { waitFor } from '../support/wait-for.ts';

export const GALERA_PROVIDER = '/usr/lib/galera/libgalera_smm.so';

const IN_SYNC_WITHIN_MS = 60_000;
const NO_CLUSTER = 'gcomm://';

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Where a node listens: for the group, for the missing transactions, and for a whole state. */
interface Ports {
  readonly group: number;
  readonly ist: number;
  readonly sst: number;
}

export class GaleraNode {
  readonly socketPath: string;
  readonly ports: Ports;
  readonly #folder: string;
  readonly #log: string;
  readonly #shell: ChildProcess;
  readonly #pids: Interface;
  #pid: number | undefined;

  constructor(cluster: string, name: string, weight: number, ports: Ports, owner: Owner) {
    this.ports = ports;
    this.#folder = join(cluster, name);
    mkdirSync(this.#folder);
    chownSync(this.#folder, owner.uid, owner.gid);
    this.socketPath = join(this.#folder, 'db.sock');
    this.#log = join(cluster, `${name}.log`);
    this.#shell = startTied(this.#log, commandOf(this.#folder, name, weight, ports), owner);
    this.#pids = createInterface(this.#shell.stdout!);
  }

  get dataFolder(): string {
    return join(this.#folder, 'data');
  }

  /** Starts the node as the first of a new cluster, or into the one that `member` is in; resolves when it is in sync. */
  async start(member?: GaleraNode): Promise<void> {
    const started = once(this.#pids, 'line');
    this.#shell.stdin!.write(
      `${NO_CLUSTER}${member === undefined ? '' : `127.0.0.1:${member.ports.group}`}\n`,
    );
    this.#pid = Number((await started)[0]);
    try {
      await waitFor(() => this.isInSync(), 'the node is in sync with its cluster', IN_SYNC_WITHIN_MS);
    } catch (cause) {
      throw new Error(`a node did not start:\n${readFileSync(this.#log, 'utf8').slice(-5_000)}`, { cause });
    }
  }

  /** Ends the node as a power cut does. */
  async kill(): Promise<void> {
    process.kill(this.#pid!, 'SIGKILL');
    // Its shell waits for a line and not for it: its name goes with its memory, its entry stays.
    await waitFor(() => readFileSync(`/proc/${this.#pid}/cmdline`).length === 0, 'the killed node is gone');
  }

  /** Cuts the node off from the others, or ends that. */
  async isolate(isCutOff: boolean): Promise<void> {
    await this.#ask(`SET GLOBAL wsrep_provider_options = 'gmcast.isolate=${isCutOff ? 1 : 0}'`);
  }

  async isInSync(): Promise<boolean> {
    try {
      return (await this.status('wsrep_local_state_comment')) === 'Synced';
    } catch {
      return false; // it does not listen yet
    }
  }

  async status(name: string): Promise<string | undefined> {
    const rows = await this.#ask(`SHOW GLOBAL STATUS LIKE '${name}'`);
    return (rows as readonly { Value: string }[])[0]?.Value;
  }

  /** How often a transaction of this node had to give way to one of another. */
  async conflicts(): Promise<number> {
    const failed = await this.status('wsrep_local_cert_failures');
    return Number(failed) + Number(await this.status('wsrep_local_bf_aborts'));
  }

  connect(database?: string): Promise<Connection> {
    return createConnection({
      socketPath: this.socketPath,
      user: 'root',
      ...(database === undefined ? {} : { database }),
      multipleStatements: true,
      decimalNumbers: true,
    });
  }

  async stop(): Promise<void> {
    const ended = once(this.#shell, 'exit');
    this.#shell.stdin!.end();
    await ended;
    this.#pids.close();
  }

  async #ask(sql: string): Promise<unknown> {
    const connection = await this.connect();
    try {
      const [rows] = await connection.query(sql);
      return rows;
    } finally {
      await connection.end();
    }
  }
}

export class Cluster implements AsyncDisposable {
  readonly nodes: readonly [GaleraNode, GaleraNode];
  readonly #folder: string;

  private constructor(folder: string, nodes: readonly [GaleraNode, GaleraNode]) {
    this.#folder = folder;
    this.nodes = nodes;
  }

  /** Starts both nodes; resolves when they are in sync. */
  static async start(): Promise<Cluster> {
    const owner = ownerOfNodes();
    const folder = mkdtempSync(join(tmpdir(), 'svc-galera-'));
    chownSync(folder, owner.uid, owner.gid);
    const [a, b, c, d, e, f] = await freePorts(6);
    const first = new GaleraNode(folder, 'node1', 2, { group: a!, ist: b!, sst: c! }, owner);
    const second = new GaleraNode(folder, 'node2', 1, { group: d!, ist: e!, sst: f! }, owner);
    const cluster = new Cluster(folder, [first, second]);
    try {
      makeDatabases(first.dataFolder, owner);
      mkdirSync(second.dataFolder); // stays empty: its state comes from the first
      chownSync(second.dataFolder, owner.uid, owner.gid);
      await first.start();
      await second.start(first);
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function commandOf(folder: string, name: string, weight: number, ports: Ports): readonly string[] {
  const provider = {
    'gmcast.listen_addr': `tcp://127.0.0.1:${ports.group}`,
    'ist.recv_addr': `127.0.0.1:${ports.ist}`,
    'pc.weight': weight,
    'gcache.size': '16M',
    // How long a silent node is waited for, instead of 5 and 15 s.
    'evs.suspect_timeout': 'PT3S',
    'evs.inactive_timeout': 'PT6S',
  };
  return [
    'mariadbd',
    '--no-defaults',
    `--datadir=${join(folder, 'data')}`,
    `--socket=${join(folder, 'db.sock')}`,
    `--pid-file=${join(folder, 'pid')}`,
    '--skip-networking',
    '--character-set-server=utf8mb4',
    '--innodb-buffer-pool-size=32M',
    '--innodb-log-file-size=8M',
    '--innodb-flush-log-at-trx-commit=0', // what a killed node lost comes back from the other
    '--key-buffer-size=1M',
    '--performance-schema=0',
    '--binlog-format=ROW',
    '--innodb-autoinc-lock-mode=2',
    '--wsrep-on=ON',
    `--wsrep-provider=${GALERA_PROVIDER}`,
    `--wsrep-node-name=${name}`,
    `--wsrep-node-address=127.0.0.1:${ports.group}`,
    '--wsrep-sst-method=rsync',
    `--wsrep-sst-receive-address=127.0.0.1:${ports.sst}`,
    `--wsrep-provider-options=${Object.entries(provider)
      .map(([key, value]) => `${key}=${value}`)
      .join(';')}`,
  ];
}

// Starts the node for every line it reads, which is the cluster's address, and says its process id. When its stdin
// closes, also because this process is gone, it ends the node and removes its folder.
function startTied(log: string, command: readonly string[], owner: Owner): ChildProcess {
  const script =
    'while read -r address; do "$@" "--wsrep-cluster-address=$address" >&2 </dev/null & node=$!; echo $node; done;' +
    ' kill $node 2>/dev/null; wait $node';
  const out = openSync(log, 'a');
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin`;
  const child = spawn('sh', ['-c', script, 'sh', ...command], {
    ...owner,
    env: { PATH: path },
    stdio: ['pipe', 'pipe', out],
  });
  closeSync(out);
  return child;
}

function makeDatabases(dataFolder: string, owner: Owner): void {
  execFileSync(
    'mariadb-install-db',
    [
      '--no-defaults',
      `--datadir=${dataFolder}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      '--innodb-log-file-size=8M',
    ],
    { ...owner, stdio: ['ignore', 'ignore', 'pipe'] },
  );
}

function ownerOfNodes(): Owner {
  if (process.getuid?.() !== 0) return { uid: process.getuid!(), gid: process.getgid!() };
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'mysql'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
