import type { cpus, CpuInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { openIdleMeter } from '../../src/platform/processors.ts';

function processor(idle: number, user: number): CpuInfo {
  return { model: 'any', speed: 0, times: { user, nice: 0, sys: 0, idle, irq: 0 } };
}

/** Reads these, one after the other. */
function reading(...readings: CpuInfo[][]): typeof cpus {
  return () => readings.shift()!;
}

describe('openIdleMeter', () => {
  it('gives the share of all processors that was idle since the last reading', () => {
    const meter = openIdleMeter(
      reading(
        [processor(100, 100), processor(200, 0)],
        [processor(150, 150), processor(200, 100)],
        [processor(250, 150), processor(300, 100)],
      ),
    );

    expect([meter(), meter()]).toEqual([0.25, 1]);
  });

  it('takes processors that tell nothing for idle', () => {
    const meter = openIdleMeter(reading([], [], [processor(0, 0)], [processor(0, 0)]));

    expect([meter(), meter(), meter()]).toEqual([1, 1, 1]);
  });
});
