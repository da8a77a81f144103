// The mixes of lists that scheduling is tried on: `npm run bench:schedule` prints what comes of them, and a test
// holds what they must give.

import type { SimulatedUser } from './schedule-candidate.ts';
import type { Simulated } from './schedule-world.ts';

const BASE = {
  limits: {
    poolSize: 20,
    policy: 'balanced',
    minWorkersPerUser: 5,
    minRowsPerWorker: 20,
    maxConcurrentUsers: 3,
    turnSeconds: 180,
    maxRowsPerSlice: 200,
  },
  maxSessions: 4,
  secondsPerRow: () => 1,
  connectionsFor: () => 4,
  untilSecond: 3_600,
} as const satisfies Partial<Simulated>;

/** Rows spread over many domains, which users share in part. */
const spread = (userId: number) => (index: number) => `d${(userId * 1_009 + index * 7_919) % 20_000}`;

function user(userId: number, rows: number, over: Partial<SimulatedUser> = {}): SimulatedUser {
  return { userId, rows, destination: spread(userId), ...over };
}

function many(count: number, rows: number, firstId: number): SimulatedUser[] {
  return Array.from({ length: count }, (_, index) => user(firstId + index, rows));
}

const isSlow = (destination: string): boolean => Number(destination.slice(1)) % 5 === 0;

export const MIXES = {
  'one of 10 million, 50 of 20': {
    ...BASE,
    users: [user(1, 10_000_000), ...many(50, 20, 2)],
    untilSecond: 150,
  },
  'three of a million, 10 of 20': {
    ...BASE,
    users: [...many(3, 1_000_000, 1), ...many(10, 20, 4)],
    untilSecond: 280,
  },
  'ten of a million': { ...BASE, users: many(10, 1_000_000, 1), untilSecond: 620 },
  'all rows of one domain': {
    ...BASE,
    users: [user(1, 2_000, { destination: () => 'd0' })],
    connectionsFor: () => 2,
  },
  'a domain of 100,000 in front': {
    ...BASE,
    users: [user(1, 104_000, { destination: (index) => (index < 100_000 ? 'huge' : `d${index}`) })],
    connectionsFor: () => 2,
    untilSecond: 90,
  },
  'everything put off once': { ...BASE, users: many(3, 600, 1), deferSeconds: 300 },
  'three equal': { ...BASE, users: many(3, 4_000, 1) },
  'a newcomer after a minute': {
    ...BASE,
    users: [user(1, 500_000), user(2, 2_000, { arrivesAt: 60 })],
    untilSecond: 200,
  },
  'slow and fast hosts': {
    ...BASE,
    users: many(2, 2_000, 1),
    secondsPerRow: (destination: string) => (isSlow(destination) ? 40 : 1),
  },
} as const satisfies Record<string, Simulated>;

export type Mix = keyof typeof MIXES;
