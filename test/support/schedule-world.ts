// What a simulation of scheduling is given, and what it tells.

import type { PlanLimits } from '../../src/cycle/plan.ts';
import type { SimulatedUser } from './schedule-candidate.ts';

export interface Simulated {
  readonly users: readonly SimulatedUser[];
  readonly limits: PlanLimits;
  readonly maxSessions: number;
  /** Seconds that a destination takes for a row, on each connection. */
  readonly secondsPerRow: (destination: string) => number;
  readonly connectionsFor: (destination: string) => number;
  /** Every row is put off once, for so long. */
  readonly deferSeconds?: number;
  /** Ends the simulation, even with rows left. */
  readonly untilSecond: number;
}

export interface UserOutcome {
  readonly userId: number;
  /** Seconds from its import to its first answer, and to its last; undefined when there was none. */
  readonly firstAfter: number | undefined;
  readonly doneAfter: number | undefined;
  readonly answered: number;
  /** The most slots it held at once. */
  readonly mostSlots: number;
}

export interface Outcome {
  readonly users: readonly UserOutcome[];
  /** Slots with work, of all slots, while rows were due. */
  readonly busy: number;
  /** Seconds in which a place stood idle although some row in hand could have started. */
  readonly idleSeconds: number;
  /** The most rows that were in hand at once. */
  readonly mostInHand: number;
  /** The most users with a place at once. */
  readonly mostPlaces: number;
  readonly endedAt: number;
}
