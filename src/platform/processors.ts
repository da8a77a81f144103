// How busy the processors of this machine are, whoever keeps them so.

import { cpus } from 'node:os';

/**
 * Gives a meter: the share of all processors' time, 0 to 1, that nobody used since it was last read. 1 where the system
 * does not tell, or too little time has passed for it to say.
 */
export function openIdleMeter(read: typeof cpus = cpus): () => number {
  let last = ticks(read);
  return () => {
    const now = ticks(read);
    const all = now.all - last.all;
    const share = all > 0 ? (now.idle - last.idle) / all : 1;
    last = now;
    return share;
  };
}

function ticks(read: typeof cpus): { readonly idle: number; readonly all: number } {
  let [idle, all] = [0, 0];
  for (const { times } of read()) {
    idle += times.idle;
    all += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { idle, all };
}
