// One server works through the lists in one cycle: what that costs, and what a cycle costs that finds nothing left to do.

import { UNKNOWN_WINDOW } from '../../src/domain/destination-policy.ts';
import { figuresOf, type Figure, type RunOfOurs } from './figures.ts';
import type { Laboratory } from './laboratory.ts';
import { runMeasured } from './run-measured.ts';
import { environment, PROGRAM, Site } from './site.ts';

const WARM_UP_ADDRESSES = 200;
const IDLE_ROUNDS = 9;

/** Gives the figures, and every row that is not as it must be. */
export async function measureOneServer(laboratory: Laboratory): Promise<{
  readonly figures: readonly Figure[];
  readonly run: RunOfOurs;
  readonly wrong: readonly string[];
}> {
  await warmUp(laboratory);
  const { internet, addresses } = laboratory;
  await using site = await Site.make({ ...laboratory, name: 'bench' }, addresses);
  const folder = site.addServer('bench-1');
  await internet.reset();

  const ended = new AbortController();
  const { made, cost: database } = await site.costOf(async () => {
    const startedAt = performance.now();
    const first = site.firstVerdict(startedAt, ended.signal);
    const measured = await runMeasured({ command: [PROGRAM], folder, env: environment(), name: 'cycle' });
    ended.abort();
    return { measured, firstVerdictMs: await first };
  });
  const seen = await internet.counts();
  const wrong = await site.wrongRows(addresses);
  const run = {
    addresses: addresses.length,
    ...made,
    seen,
    database,
    idle: await measureIdle(folder),
    connectionBudget: UNKNOWN_WINDOW.max,
  };
  return { figures: figuresOf(run), run, wrong };
}

/** A small cycle before: compiled code is there from then on, as it is on a server that works. */
export async function warmUp(laboratory: Laboratory): Promise<void> {
  const few = laboratory.addresses.slice(0, WARM_UP_ADDRESSES);
  await using site = await Site.make({ ...laboratory, name: 'bench_warm_up' }, few);
  const folder = site.addServer('warm-up');
  await runMeasured({ command: [PROGRAM], folder, env: environment(), name: 'cycle' });
}

/** The processor time of Node alone, and of a cycle that finds nothing to do; medians, taken in turn. */
async function measureIdle(folder: string): Promise<RunOfOurs['idle']> {
  const env = environment();
  const cpuMs = async (command: readonly string[]): Promise<number> =>
    (await runMeasured({ command, folder, env, name: 'idle' })).cpuMs;
  for (let round = 0; round < 2; round++) await cpuMs([PROGRAM]); // completes lists; keeps its compiled code
  const bare: number[] = [];
  const idle: number[] = [];
  for (let round = 0; round < IDLE_ROUNDS; round++) {
    bare.push(await cpuMs([process.execPath, '-e', '0']));
    idle.push(await cpuMs([PROGRAM]));
  }
  return { nodeMs: median(bare), cycleMs: median(idle) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
