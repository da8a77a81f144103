// What the logs are told of workers.

import type { WorkerExit, WorkerRef, WorkerStart } from '../pool/pool-contract.ts';
import { sentences, type Story } from './story.ts';

export function tellWorkerStarted(
  story: Story,
  { userId, workerId, pid, slice, isReused }: WorkerStart,
): void {
  const say = isReused ? sentences.reused : sentences.spawned;
  story.user(userId, say(userId, workerId, slice.from, slice.to), { workerId, pid, rows: slice.rows.length });
}

export function tellWorkerFinished(
  story: Story,
  { userId, workerId, processed }: WorkerRef & { readonly processed: number },
): void {
  story.user(userId, sentences.workerDone(userId, workerId, processed), { workerId, processed });
}

/** Only a failure is worth a line. */
export function tellWorkerExited(story: Story, { worker, sentence, isFailure }: WorkerExit): void {
  if (!isFailure) return;
  if (worker === undefined) return story.cron(sentences.idleWorkerFailed(sentence));
  const { userId, workerId } = worker;
  story.cron(sentences.workerFailed(userId, workerId, sentence), { workerId });
  story.user(userId, sentences.workerFailed(userId, workerId, sentence), { workerId });
}
