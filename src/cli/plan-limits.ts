// The configuration's figures as the plan takes them.

import type { PlanLimits } from '../cycle/plan.ts';
import type { Config } from '../platform/config.ts';

export function planLimits(config: Config): PlanLimits {
  return {
    poolSize: config.totalWorkersPool,
    policy: config.allocationPolicy,
    minWorkersPerUser: config.minWorkersPerUser,
    minRowsPerWorker: config.minEmailsPerWorker,
    maxConcurrentUsers: config.maxConcurrentUsers,
    turnSeconds: config.userTurnSeconds,
    maxRowsPerSlice: config.maxRowsPerSlice,
  };
}
