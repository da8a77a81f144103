// How much time processors have to spare, whoever uses the rest, and this process of its own.

import { cpus } from 'node:os';
import { performance } from 'node:perf_hooks';

export interface Usage {
  /** The processors as the system tells of them. */
  readonly processors: () => ReturnType<typeof cpus>;
  /** Milliseconds that this process's event loop has worked and waited. */
  readonly loop: () => { readonly active: number; readonly idle: number };
}

const SYSTEM: Usage = { processors: cpus, loop: () => performance.eventLoopUtilization() };

/**
 * Gives a meter: the share of time, 0 to 1, that was left since it was last read, of all processors' or of this process's
 * event loop, whichever is less: however many processors there are, a loop has one. 1 where the system does not tell.
 */
export function openSpareMeter(usage: Usage = SYSTEM): () => number {
  const ofProcessors = shareMeter(() => ticks(usage.processors()));
  const ofLoop = shareMeter(() => {
    const { active, idle } = usage.loop();
    return { idle, all: active + idle };
  });
  return () => Math.min(ofProcessors(), ofLoop());
}

interface Ticks {
  readonly idle: number;
  readonly all: number;
}

function shareMeter(read: () => Ticks): () => number {
  let last = read();
  return () => {
    const now = read();
    const all = now.all - last.all;
    const share = all > 0 ? (now.idle - last.idle) / all : 1;
    last = now;
    return share;
  };
}

function ticks(processors: ReturnType<typeof cpus>): Ticks {
  let [idle, all] = [0, 0];
  for (const { times } of processors) {
    idle += times.idle;
    all += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { idle, all };
}
