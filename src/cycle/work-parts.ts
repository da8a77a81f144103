// What the working part of a cycle is given: its collaborators, and the policy that it follows.

import type { LocalKnowledge } from '../domain/pre-check.ts';
import type { Route } from '../domain/route.ts';
import type { Pool } from '../pool/pool.ts';
import type { PoolListener, WorkerRef } from '../pool/pool-contract.ts';
import type { Claimant, Store } from '../store/store.ts';
import type { PlanLimits } from './plan.ts';
import type { WorkProgress } from './progress.ts';
import type { Story } from './story.ts';
import type { SharingPolicy } from './twins.ts';

export interface WorkParts {
  readonly store: Store;
  readonly createPool: (listener: PoolListener) => Pool;
  readonly route: (domain: string) => Promise<Route>;
  /** False of a destination that is never to be asked. */
  readonly isProbed: (destination: string) => boolean;
  readonly knowledge: LocalKnowledge;
  readonly limits: PlanLimits;
  /** Writes down what was learned of destinations. */
  readonly noteDestinations: () => Promise<void>;
  readonly claimant: Claimant;
  /** How long a claim holds without renewal. */
  readonly claimSeconds: number;
  readonly sharing: SharingPolicy;
  /** Restricts the work to one user (`--user`). */
  readonly onlyUser: number | undefined;
  readonly story: Story;
  readonly now: () => number;
  /** Removes a worker's journal, whose results are in the database; makes its batch file first where a dead worker did not. */
  readonly closeBatch: (worker: WorkerRef) => Promise<void>;
  readonly showProgress?: ((progress: WorkProgress) => void) | undefined;
}
