import type { CpuInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { openSpareMeter, type Usage } from '../../src/platform/processors.ts';

function processor(idle: number, user: number): CpuInfo {
  return { model: 'any', speed: 0, times: { user, nice: 0, sys: 0, idle, irq: 0 } };
}

/** Reads these, one after the other. */
function reading(
  processors: readonly CpuInfo[][],
  loop: readonly (readonly [active: number, idle: number])[] = [],
): Usage {
  const [all, loops] = [[...processors], [...loop]];
  return {
    processors: () => all.shift()!,
    loop: () => {
      const [active, idle] = loops.shift() ?? [0, 0];
      return { active, idle };
    },
  };
}

describe('openSpareMeter', () => {
  it('gives the share of all processors that was idle since the last reading', () => {
    const meter = openSpareMeter(
      reading([
        [processor(100, 100), processor(200, 0)],
        [processor(150, 150), processor(200, 100)],
        [processor(250, 150), processor(300, 100)],
      ]),
    );

    expect([meter(), meter()]).toEqual([0.25, 1]);
  });

  it("gives this process's own share where that is less", () => {
    const idle = [[processor(0, 0)], [processor(100, 0)], [processor(200, 0)]];
    const loop = [
      [0, 0],
      [90, 10],
      [90, 110],
    ] as const;
    const meter = openSpareMeter(reading(idle, loop));

    expect([meter(), meter()]).toEqual([0.1, 1]);
  });

  it('takes what tells nothing for idle', () => {
    const meter = openSpareMeter(reading([[], [], [processor(0, 0)], [processor(0, 0)]]));

    expect([meter(), meter(), meter()]).toEqual([1, 1, 1]);
  });

  it('reads the system', () => {
    const share = openSpareMeter()();

    expect(share).toBeGreaterThanOrEqual(0);
    expect(share).toBeLessThanOrEqual(1);
  });
});
