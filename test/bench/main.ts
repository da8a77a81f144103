// What verifying costs: the built program, with its real workers and a private MariaDB, on an internet of its own whose
// hosts take their time but no processor of ours. Prints the figures with their settings and bounds; ends with 1 where
// a row was not decided as its host meant it, or a bound is not met. Processor time and counts mean something on a busy
// machine, times on the wall only on a quiet one.
//
//   npm run bench
//   npm run bench -- --help                  what it takes
//   npm run bench -- --compare "COMMAND"     runs another program on the same addresses in turn: see compare.ts
//   npm run bench -- --servers 2             one server against two that share the work: see servers.ts

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { counted } from '../../src/domain/amounts.ts';
import { readOptions } from '../support/command-options.ts';
import { startMariaDb } from '../support/mariadb.ts';
import { compare } from './compare.ts';
import { isMet, lineOf } from './figures.ts';
import { serveInternet, startInternet, DNS_LATENCY_MS } from './internet.ts';
import type { Laboratory } from './laboratory.ts';
import { measureOneServer } from './one-server.ts';
import { measureTwoServers } from './servers.ts';
import { makeWorld } from './world.ts';

const USAGE =
  'npm run bench -- [--addresses 20000] [--domains 2000] [--users 1] [--latency 50] [--seed 1] [--set KEY=VALUE]… [--servers 2] [--compare "COMMAND"] [--json] [--keep]';
const INTERNET = 'internet';
const MEMORY_DISK = '/dev/shm';
const SCRIPT = fileURLToPath(import.meta.url);

if (process.argv[2] === INTERNET) await serveInternet(process.argv[3]!);
else await main();

async function main(): Promise<void> {
  const { values, wholeNumber, refuse } = readOptions(USAGE, {
    addresses: { type: 'string', default: '20000' },
    domains: { type: 'string', default: '2000' },
    users: { type: 'string', default: '1' },
    latency: { type: 'string' },
    seed: { type: 'string', default: '1' },
    set: { type: 'string', multiple: true, default: [] },
    servers: { type: 'string', default: '1' },
    compare: { type: 'string' },
    json: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  });
  const isShared = wholeNumber('servers', 1, 2) === 2;
  const world = {
    addresses: wholeNumber('addresses', 100, 1_000_000),
    domains: wholeNumber('domains', 1, 100_000),
    users: isShared ? 1 : wholeNumber('users', 1, 1_000),
    seed: wholeNumber('seed', 0, 2 ** 31),
  };
  const latencyMs = wholeNumber('latency', 0, 60_000, isShared ? 400 : 50);
  if (values.set.some((text) => !text.includes('='))) refuse('--set takes KEY=VALUE');
  const settings = Object.fromEntries(values.set.map((text) => text.split(/=(.*)/s).slice(0, 2)));

  // A disk that others use as well is not what is measured.
  if (existsSync(MEMORY_DISK)) process.env['TMPDIR'] ??= MEMORY_DISK;
  const root = mkdtempSync(join(tmpdir(), 'svc-bench-'));
  const mariadb = await startMariaDb({ isRoomy: true });
  if (mariadb === undefined) throw new Error('there is no MariaDB here to measure on');
  const internet = await startInternet(SCRIPT, [INTERNET], { world, latencyMs });
  try {
    const { addresses } = makeWorld(world);
    const laboratory: Laboratory = { root, socketPath: mariadb.socketPath, internet, addresses, settings };
    const conditions = {
      node: process.version,
      cores: availableParallelism(),
      load: Number(loadavg()[0]!.toFixed(1)),
      ...world,
      latencyMs,
      dnsLatencyMs: DNS_LATENCY_MS,
      settings,
    };
    if (!values.json) tellConditions(conditions);
    if (isShared) return tell(values.json, conditions, await measureTwoServers(laboratory));
    const ours = await measureOneServer(laboratory);
    const figures =
      values.compare === undefined
        ? ours.figures
        : [...ours.figures, ...(await compare(laboratory, values.compare, ours.run))];
    tell(values.json, conditions, { ...ours, figures });
  } finally {
    await internet.stop();
    await mariadb.stop();
    if (values.keep) console.error(`logs and storage of all servers are in ${root}`);
    else rmSync(root, { recursive: true, force: true });
  }
}

function tellConditions(conditions: Readonly<Record<string, unknown>>): void {
  const { addresses, domains, users, seed, latencyMs, dnsLatencyMs, settings, node, cores, load } =
    conditions;
  console.log(
    `${String(addresses)} addresses over ${String(domains)} domains, ${counted(Number(users), 'user')}, seed ${String(seed)}; ` +
      `${String(latencyMs)} ms a reply, ${String(dnsLatencyMs)} ms a DNS answer; ` +
      `settings: ${Object.keys(settings as object).length === 0 ? 'defaults' : JSON.stringify(settings)}; ` +
      `Node ${String(node)}, ${String(cores)} cores, load ${String(load)}`,
  );
}

function tell(
  asJson: boolean,
  conditions: object,
  { figures, wrong }: Pick<Awaited<ReturnType<typeof measureOneServer>>, 'figures' | 'wrong'>,
): void {
  const unmet = figures.filter((figure) => !isMet(figure));
  if (asJson) console.log(JSON.stringify({ ...conditions, figures, wrong: wrong.length }));
  else for (const figure of figures) console.log(lineOf(figure));
  for (const sentence of wrong.slice(0, 10)) console.error(`WRONG: ${sentence}`);
  if (wrong.length > 0)
    console.error(`${counted(wrong.length, 'address is', 'addresses are')} not decided as the hosts meant`);
  if (wrong.length > 0 || unmet.length > 0) process.exitCode = 1;
}
