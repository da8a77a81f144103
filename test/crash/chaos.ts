// What is broken next, where and when: an endless plan drawn from a seed. Pure; faults.ts carries it out, and skips
// what has no victim at that moment.

import { seededRandom, type Random } from '../support/internet/random.ts';

/** The victim is named by chance, 0 to 1, among the processes that live when the fault comes. */
export type Fault =
  | (ProcessFault & { readonly type: 'kill'; readonly signal: 'SIGKILL' | 'SIGTERM' })
  /** SIGSTOP, and SIGCONT after `pauseMs`. */
  | (ProcessFault & { readonly type: 'pause'; readonly pauseMs: number })
  /** The same for a whole server, its cron included, as when a machine is moved. */
  | { readonly type: 'freeze'; readonly server: number; readonly pauseMs: number }
  /** SIGKILL of the database, and started again after `outageMs`. */
  | { readonly type: 'outage'; readonly outageMs: number };

export interface ProcessFault {
  readonly server: number;
  readonly whom: 'worker' | 'orchestrator';
  readonly pick: number;
}

/** A fault, and when it comes: after so many more RCPTs at the MX hosts, or after a time when nobody may be asking. */
export interface PlannedFault {
  readonly after: { readonly rcpts: number } | { readonly ms: number };
  readonly fault: Fault;
}

export interface ChaosLimits {
  readonly servers: number;
  /** A process alone is paused for less; a whole server for less than twice as long. */
  readonly maxPauseMs: number;
}

const KINDS = {
  'worker SIGKILL': 48,
  'worker SIGTERM': 8,
  'orchestrator SIGKILL': 18,
  'orchestrator SIGTERM': 6,
  outage: 7,
  'long outage': 1,
  'worker pause': 3,
  'orchestrator pause': 5,
  freeze: 4,
} as const;

const MAX_OUTAGE_MS = 3_000;
/** Longer than workers have work in hand. */
const LONG_OUTAGE_MS = 12_000;

/** The same seed gives the same plan. */
export function* planChaos(seed: number, limits: ChaosLimits): Generator<PlannedFault, never, undefined> {
  const random = seededRandom(seed);
  for (;;) yield { after: drawMoment(random), fault: drawFault(random, limits) };
}

// Bursts, since a second blow hits what is still recovering from the first; and long spells in which much is in hand.
function drawMoment(random: Random): PlannedFault['after'] {
  switch (random.weighted({ burst: 2, spell: 5, time: 3 })) {
    case 'burst':
      return { rcpts: 1 + random.below(4) };
    case 'spell':
      return { rcpts: 5 + random.below(40) };
    case 'time':
      return { ms: 10 + random.below(1_200) };
  }
}

function drawFault(random: Random, { servers, maxPauseMs }: ChaosLimits): Fault {
  const kind = random.weighted(KINDS);
  const server = random.below(servers);
  const pick = random.next();
  switch (kind) {
    case 'worker SIGKILL':
      return { type: 'kill', whom: 'worker', server, signal: 'SIGKILL', pick };
    case 'worker SIGTERM':
      return { type: 'kill', whom: 'worker', server, signal: 'SIGTERM', pick };
    case 'orchestrator SIGKILL':
      return { type: 'kill', whom: 'orchestrator', server, signal: 'SIGKILL', pick };
    case 'orchestrator SIGTERM':
      return { type: 'kill', whom: 'orchestrator', server, signal: 'SIGTERM', pick };
    case 'outage':
      return { type: 'outage', outageMs: random.below(MAX_OUTAGE_MS) };
    case 'long outage':
      return { type: 'outage', outageMs: LONG_OUTAGE_MS + random.below(MAX_OUTAGE_MS) };
    case 'worker pause':
      return { type: 'pause', whom: 'worker', server, pauseMs: random.below(maxPauseMs), pick };
    case 'orchestrator pause':
      return { type: 'pause', whom: 'orchestrator', server, pauseMs: random.below(maxPauseMs), pick };
    case 'freeze':
      return { type: 'freeze', server, pauseMs: random.below(2 * maxPauseMs) };
  }
}

/** Whether a fault ends something: pauses do not. */
export function isKill({ type }: Fault): boolean {
  return type === 'kill' || type === 'outage';
}

/** The kind of a fault in words, for counting. */
export function kindOf(fault: Fault): string {
  switch (fault.type) {
    case 'kill':
      return `${fault.whom} ${fault.signal}`;
    case 'pause':
      return `${fault.whom} paused`;
    case 'freeze':
      return 'server frozen';
    case 'outage':
      return fault.outageMs < LONG_OUTAGE_MS ? 'database SIGKILL' : 'database SIGKILL and long outage';
  }
}
