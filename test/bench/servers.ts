// One user's list worked through by one server, then, in a fresh database, by two that are started together: both are
// busy, nobody is asked about twice, and two take half the time of one. The servers are limited by what they wait for and
// not by the processor that they share here, hence few workers and slow hosts.

import type { Figure } from './figures.ts';
import type { Laboratory } from './laboratory.ts';
import { warmUp } from './one-server.ts';
import { runMeasured } from './run-measured.ts';
import { environment, PROGRAM, Site } from './site.ts';

/** Few places, so that they are what limits a server. */
const SETTINGS = { TOTAL_WORKERS_POOL: '4', MIN_WORKERS_PER_USER: '1', MAX_SESSIONS_PER_WORKER: '8' };
const MAX_OF_HALF = 1.15;
const LEAST_SHARE = 0.35;

interface Outcome {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly decidedBy: ReadonlyMap<string, number>;
  readonly askedAgain: number;
  readonly wrong: readonly string[];
}

export async function measureTwoServers(
  laboratory: Laboratory,
): Promise<{ readonly figures: readonly Figure[]; readonly wrong: readonly string[] }> {
  const tuned = { ...laboratory, settings: { ...SETTINGS, ...laboratory.settings } };
  await warmUp(tuned);
  const one = await workThrough(tuned, 'bench_one', ['alpha']);
  const two = await workThrough(tuned, 'bench_two', ['alpha', 'beta']);
  const rows = laboratory.addresses.length;
  const shares = [...two.decidedBy].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    figures: [
      { name: 'one server', value: one.wallMs / 1000, unit: 's' },
      { name: 'two servers', value: two.wallMs / 1000, unit: 's' },
      {
        name: 'two, against half of one',
        value: two.wallMs / (one.wallMs / 2),
        unit: '×',
        bound: { atMost: MAX_OF_HALF },
      },
      ...shares.map(([server, decided]) => ({
        name: `share decided by ${server}`,
        value: decided / rows,
        unit: '',
        bound: { atLeast: LEAST_SHARE },
      })),
      { name: 'asked about twice, by one', value: one.askedAgain, unit: '', bound: { atMost: 0 } },
      { name: 'asked about twice, by two', value: two.askedAgain, unit: '', bound: { atMost: 0 } },
      // What shows that processors were not what limited them.
      { name: 'processors busy with one', value: one.cpuMs / one.wallMs, unit: '' },
      { name: 'processors busy with two', value: two.cpuMs / two.wallMs, unit: '' },
    ],
    wrong: [...one.wrong, ...two.wrong],
  };
}

async function workThrough(
  laboratory: Laboratory,
  name: string,
  servers: readonly string[],
): Promise<Outcome> {
  const { internet, addresses } = laboratory;
  await using site = await Site.make({ ...laboratory, name }, addresses);
  const folders = servers.map((server) => site.addServer(server));
  await internet.reset();
  const startedAt = performance.now();
  const runs = await Promise.all(
    folders.map((folder) => runMeasured({ command: [PROGRAM], folder, env: environment(), name: 'cycle' })),
  );
  const wallMs = performance.now() - startedAt;
  return {
    wallMs,
    cpuMs: runs.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    decidedBy: await site.decidedBy(),
    askedAgain: (await internet.counts()).askedAgain,
    wrong: await site.wrongRows(addresses),
  };
}
