// Puts a user's feed together from what a cycle has: its claims, twins, facts and pool. Decides nothing.

import { randomBytes } from 'node:crypto';
import { preCheck } from '../domain/pre-check.ts';
import type { ProbeRow } from '../domain/row.ts';
import type { Pool } from '../pool/pool.ts';
import type { DomainFacts } from './domain-facts.ts';
import type { HeldClaims } from './held-claims.ts';
import type { Tally } from './tally.ts';
import type { Twins } from './twins.ts';
import { UserFeed } from './user-feed.ts';
import type { WorkParts } from './work-parts.ts';

export interface FeedGround {
  readonly parts: WorkParts;
  readonly claims: HeldClaims;
  readonly twins: Twins;
  readonly facts: DomainFacts;
  readonly tally: Tally;
  readonly pool: Pool;
  readonly takeBack: (rows: readonly ProbeRow[]) => void;
  readonly changed: () => void;
  readonly failed: (cause: unknown) => void;
}

export function openFeed(userId: number, ground: FeedGround): UserFeed {
  const { parts, claims, twins, facts, tally, pool } = ground;
  const { store, claimant, knowledge } = parts;
  return new UserFeed(userId, parts.limits, {
    claim: async (limit) => {
      const token = randomBytes(16).toString('hex');
      const rows = await store.claimRows(userId, limit, token, claimant);
      claims.take(token, rows.length);
      return rows;
    },
    preCheck: (row) => preCheck(row, knowledge),
    admit: (rows) => twins.admit(userId, rows),
    rowsFollowing: () => twins.waitingOf(userId),
    abandonFollowers: () => twins.abandon(userId),
    route: parts.route,
    failed: ground.failed,
    isProbed: parts.isProbed,
    loadFacts: (routes) => facts.load(routes),
    catchAllOf: (domain) => tally.known(facts.catchAllOf(domain)),
    enqueue: (slices) => pool.enqueue(userId, slices),
    giveBack: ground.takeBack,
    rowsQueued: () => pool.queuedRows(userId),
    rowsInFlight: () => pool.outstandingRows(userId),
    isStarved: () => pool.isStarved(userId),
    now: parts.now,
    changed: ground.changed,
  });
}
