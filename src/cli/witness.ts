// Opens what is told of a cycle besides its log, as far as the settings ask for it: the file of metrics and the pings. What is
// not asked for is not loaded. Whatever goes wrong with them is one line in the log, and nothing more.

import type { CycleWitness } from '../cycle/run-cycle.ts';
import { sentences, type Story } from '../cycle/story.ts';
import type { WorkProgress } from '../cycle/progress.ts';
import { systemClock } from '../platform/clock.ts';
import type { Config } from '../platform/config.ts';

declare const __VERSION__: string;

export interface Witness extends CycleWitness {
  /** Called again and again while there is work. */
  working(progress: WorkProgress): void;
  /** Resolves when everything was told; the lock is not needed for that. */
  done(): Promise<void>;
}

/** Gives one witness that stands for all. */
export async function openWitness(config: Config, story: Story): Promise<Witness> {
  const witnesses = [
    ...(config.metricsFile === undefined ? [] : [await openMetrics(config.metricsFile, story)]),
    ...(config.pingUrl === undefined ? [] : [await openPings(config.pingUrl, story)]),
  ];
  return {
    began: () => witnesses.forEach((witness) => witness.began()),
    working: (progress) => witnesses.forEach((witness) => witness.working(progress)),
    ended: (end) => witnesses.forEach((witness) => witness.ended(end)),
    done: async () => {
      for (const witness of witnesses) await witness.done();
    },
  };
}

async function openMetrics(path: string, story: Story): Promise<Witness> {
  const { CycleMetrics } = await import('../cycle/metrics.ts');
  const { readMetrics, writeMetrics } = await import('../files/metrics-file.ts');
  const metrics = new CycleMetrics({
    version: __VERSION__,
    now: () => systemClock.now(),
    read: () => readMetrics(path),
    write: (written) => writeMetrics(path, written),
    failed: (error) => story.cron(sentences.warning(error)),
  });
  return {
    began: () => metrics.began(),
    working: (progress) => metrics.working(progress),
    ended: (end) => metrics.ended(end),
    done: async () => undefined,
  };
}

async function openPings(url: string, story: Story): Promise<Witness> {
  const { Pinger } = await import('../notify/ping.ts');
  const pinger = new Pinger({
    url,
    now: () => systemClock.now(),
    failed: (sentence) => story.cron(sentences.warning(sentence)),
  });
  return {
    began: () => pinger.began(),
    working: () => pinger.working(),
    ended: ({ exitCode }) => pinger.ended(exitCode),
    done: () => pinger.done(),
  };
}
