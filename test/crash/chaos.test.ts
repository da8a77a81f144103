import { describe, expect, it } from 'vitest';
import { isKill, kindOf, planChaos, type PlannedFault } from './chaos.ts';

const LIMITS = { servers: 2, maxPauseMs: 4_000 };

function take(count: number, seed: number): PlannedFault[] {
  const plan = planChaos(seed, LIMITS);
  return Array.from({ length: count }, () => plan.next().value);
}

describe('planChaos', () => {
  it('gives the same plan for the same seed, and another for another', () => {
    expect(take(50, 7)).toEqual(take(50, 7));
    expect(take(50, 7)).not.toEqual(take(50, 8));
  });

  it('has every kind of fault, and kills most of the time', () => {
    const plan = take(1_000, 1).map(({ fault }) => fault);

    expect(new Set(plan.map(kindOf))).toEqual(
      new Set([
        'worker SIGKILL',
        'worker SIGTERM',
        'orchestrator SIGKILL',
        'orchestrator SIGTERM',
        'database SIGKILL',
        'database SIGKILL and long outage',
        'worker paused',
        'orchestrator paused',
        'server frozen',
      ]),
    );
    expect(plan.filter(isKill).length).toBeGreaterThan(800);
  });

  it('hits every server, and pauses a process alone for less than the limit', () => {
    const plan = take(1_000, 2).map(({ fault }) => fault);

    const servers = plan.flatMap((fault) => (fault.type === 'outage' ? [] : [fault.server]));
    expect(new Set(servers)).toEqual(new Set([0, 1]));
    const alone = plan.flatMap((fault) => (fault.type === 'pause' ? [fault.pauseMs] : []));
    expect(Math.max(...alone)).toBeLessThan(LIMITS.maxPauseMs);
  });
});
