// The crash test: two built servers on one database verify lists while workers, orchestrators and the database are
// killed under them, by a plan drawn from a seed. Then everything is let run to its end, and what the MX hosts saw is
// held against the tables.
//
//   npm run test:crash [-- --seed N] [--kills N]
//
// Exit 1 when anything is not as it must be; the folder with logs and storage then stays.

import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readOptions } from '../support/command-options.ts';
import { waitFor } from '../support/wait-for.ts';
import { isKill, planChaos, type PlannedFault } from './chaos.ts';
import { makeCrashWorld } from './crash-world.ts';
import { Faults, type DoneFault } from './faults.ts';
import { historyOf } from './history.ts';
import type { Blow, ImportedRow, Judgement } from './judge-probes.ts';
import { judge, type Findings } from './judge.ts';
import { Laboratory, MAX_ATTEMPTS, MAX_PAUSE_MS } from './laboratory.ts';
import { failureLines, summaryLines, type Run } from './report.ts';
import type { CycleEnd, Server } from './servers.ts';
import { askedRcpts, parseResultLine } from './rcpts.ts';
import { Supply } from './supply.ts';

const DEFAULT_KILLS = 60;
/** More than a quick machine can decide between two kills: what is left over is never imported. */
const ROWS_AT_LEAST = 2_000;
const ROWS_PER_KILL = 90;
const PENDING_AT_LEAST = 250;
/** Longer than the longest outage: whoever does not move for so long never will. */
const STUCK_MS = 120_000;
const DECIDED_WITHIN_MS = 240_000;
const AT_REST_WITHIN_MS = 60_000;
const HISTORIES = 5;
/** How long a worker takes to notice that its orchestrator is gone, on a machine that has too much to do. */
const ORPHANS_END_WITHIN_MS = 5_000;
/** How long what a process sent before it was killed may lie unread before a host. */
const WITNESS_LAG_MS = 2_000;
/** Done, workers failed, the database gone, told to stop: what a cycle that is hit may end with. */
const FAIR_EXIT_CODES = new Set([0, 1, 69, 143]);

const { wholeNumber } = readOptions('npm run test:crash -- [--seed N] [--kills 60]', {
  seed: { type: 'string' },
  kills: { type: 'string' },
});
const seed = wholeNumber('seed', 1, Number.MAX_SAFE_INTEGER, 1 + Math.floor(Math.random() * 999_999));
const kills = wholeNumber('kills', 1, 1_000_000, DEFAULT_KILLS);
const startedAt = performance.now();
const world = makeCrashWorld(seed, ROWS_AT_LEAST + ROWS_PER_KILL * kills);

try {
  await using laboratory = await Laboratory.make(world);
  process.once('SIGINT', () => {
    for (const server of laboratory.servers) server.signal(server.pids(), 'SIGKILL');
    process.exit(130);
  });
  await runIn(laboratory);
} catch (error) {
  say(`seed ${seed}: ${String((error as Error).stack ?? error)}`);
  process.exitCode = 1;
}

async function runIn(laboratory: Laboratory): Promise<void> {
  const { servers, crm, internet, mariadb } = laboratory;
  const faults = new Faults(servers, mariadb, join(laboratory.folder, 'faults.log'));
  const supply = new Supply(crm, world, PENDING_AT_LEAST);
  say(`seed ${seed}, ${kills} kills; logs and storage in ${laboratory.folder}`);
  let stuck: string | undefined;
  try {
    await supply.start();
    for (const server of servers) server.startCron();
    await breakThings(laboratory, faults, supply);
    say(`${kills} kills after ${secondsSoFar()} s; now everything runs to its end`);
    await faults.mended();
    await supply.stop();
    await settle(laboratory);
  } catch (error) {
    stuck = String((error as Error).stack ?? error);
    for (const server of servers) server.stopCron();
    await faults.mended();
  }

  const findings = await gather(laboratory, faults, supply.imported, stuck);
  const judgement = judge(findings);
  const run: Run = {
    seed,
    seconds: secondsSoFar(),
    rows: findings.imported.length,
    rcpts: findings.rcpts.length,
    cycles: servers.flatMap(({ ends }) => ends).length,
    faults: faults.done,
    judgement,
  };
  for (const line of summaryLines(run)) say(line);
  if (judgement.differences.length === 0) return;
  laboratory.isKept = true;
  process.exitCode = 1;
  for (const line of failureLines(run, laboratory.folder)) say(line);
  const sources = { crm, servers, events: internet.witness.events, faults: faults.done };
  for (const row of rowsIn(findings, judgement))
    for (const line of await historyOf(row, sources)) say(`  ${line}`);
}

async function breakThings(laboratory: Laboratory, faults: Faults, supply: Supply): Promise<void> {
  const plan = planChaos(seed, { servers: laboratory.servers.length, maxPauseMs: MAX_PAUSE_MS });
  for (let done = 0; done < kills;) {
    const { after, fault } = plan.next().value;
    await moment(after, laboratory, supply);
    if (supply.isUsedUp) throw new Error(`all rows were decided after ${done} kills`);
    if (faults.inflict(fault) && isKill(fault)) done++;
  }
}

async function moment(after: PlannedFault['after'], { internet }: Laboratory, supply: Supply): Promise<void> {
  if ('ms' in after) return pause(after.ms);
  const target = internet.witness.tally().rcpts + after.rcpts;
  await waitFor(
    () => internet.witness.tally().rcpts >= target || supply.isUsedUp,
    'the hosts are asked about somebody',
    STUCK_MS,
  );
}

/** Lets cron go on until every row is decided; then lets each server run one cycle more, which must end well. */
async function settle({ servers, crm }: Laboratory): Promise<void> {
  await waitFor(async () => (await crm.pending()) === 0, 'every row is decided', DECIDED_WITHIN_MS);
  for (const server of servers) server.stopCron();
  for (const server of servers) await server.atRest(AT_REST_WITHIN_MS);
  for (const server of servers) {
    const end = await server.run([]);
    if (end.exitCode !== 0)
      throw new Error(`the last cycle of ${server.name} ended with ${end.exitCode}: ${end.stderr}`);
  }
}

async function gather(
  { servers, crm, internet }: Laboratory,
  faults: Faults,
  imported: readonly ImportedRow[],
  stuck: string | undefined,
): Promise<Findings> {
  const { witness } = internet;
  const claims = await crm.claims();
  return {
    imported,
    rows: await crm.rows(),
    lists: await crm.lists(),
    changes: await crm.changes(),
    rcpts: askedRcpts(witness.events),
    results: servers.flatMap((server) =>
      server.logLines(' EMAIL: ').flatMap(({ line }) => {
        const result = parseResultLine(line);
        return result === undefined ? [] : [{ ...result, client: server.address }];
      }),
    ),
    blows: blowsOf(faults.done),
    maxAttempts: MAX_ATTEMPTS,
    remains: [
      ...(stuck === undefined ? [] : [stuck]),
      ...claims.map((claim) => `svc_row still has ${JSON.stringify(claim)}`),
      ...servers.flatMap((server) => [...server.remains(), ...badEnds(server)]),
      ...witness.violations().map((what) => `the protocol was broken: ${what}`),
    ],
  };
}

function blowsOf(faults: readonly DoneFault[]): Blow[] {
  return faults.flatMap(({ at, kind, server }) => {
    if (server === undefined) return []; // a database that is away costs no RCPT
    const lastsMs = kind.startsWith('orchestrator') ? ORPHANS_END_WITHIN_MS : WITNESS_LAG_MS;
    return [{ at, client: server.address, lastsMs }];
  });
}

function badEnds({ name, ends }: Server): string[] {
  const isFair = ({ exitCode, signal }: CycleEnd) =>
    exitCode === null ? signal === 'SIGKILL' || signal === 'SIGTERM' : FAIR_EXIT_CODES.has(exitCode);
  return ends
    .filter((end) => !isFair(end))
    .map(
      ({ exitCode, signal, stderr }) =>
        `a cycle of ${name} ended with ${exitCode ?? signal}: ${stderr.trim()}`,
    );
}

function secondsSoFar(): number {
  return Math.round((performance.now() - startedAt) / 1000);
}

function rowsIn({ imported }: Findings, { differences }: Judgement): readonly ImportedRow[] {
  const ids = new Set(differences.flatMap(({ rowIds }) => rowIds).slice(0, HISTORIES));
  return imported.filter(({ id }) => ids.has(id));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
