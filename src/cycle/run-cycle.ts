// One firing of cron, from lock to summary: the order of things, no mechanics. What costs start-up time and is
// needed only when somebody has work comes through `openWork`, so that an idle minute costs next to nothing.

import { EXIT, OperationalError } from '../platform/operational-error.ts';
import type { Claimant, ReconciledList, Store, Survey } from '../store/store.ts';
import { drawPlan, type Plan, type PlanLimits } from './plan.ts';
import { sentences, type Story } from './story.ts';
import type { StopCause, WorkOutcome } from './work.ts';

/** The lock as a cycle sees it: to be given back, and perhaps lost meanwhile. */
export interface HeldLock {
  release(): Promise<void>;
  /** Aborted when somebody else took the lock over. */
  readonly lost: AbortSignal;
}

/** Work that runs: it can be told to stop, and ends with what came of it. */
export interface RunningWork {
  stop(cause: StopCause): void;
  hurry(): Promise<void>;
  run(plan: Plan): Promise<WorkOutcome>;
}

export interface CycleParts {
  readonly story: Story;
  readonly limits: PlanLimits;
  readonly claimant: Claimant;
  readonly onlyUser: number | undefined;
  readonly maxRuntimeMs: number | undefined;
  readonly now: () => number;
  /** Aborted by SIGTERM or SIGINT; its reason is the signal's name. */
  readonly shutdown: AbortSignal;
  /** Aborted by a second signal: what is in flight is given up. */
  readonly forcedShutdown: AbortSignal;
  readonly acquireLock: () => Promise<HeldLock | undefined>;
  readonly openStore: () => Promise<Store>;
  /** Brings the results of journals that were left behind into the store. */
  readonly replayJournals: (store: Store) => Promise<{ readonly journals: number; readonly results: number }>;
  readonly openWork: (store: Store) => Promise<RunningWork>;
  readonly removeOldFiles: () => Promise<void>;
}

export interface CycleReport {
  readonly exitCode: number;
  /** Undefined when there was nothing to do, or another cycle runs. */
  readonly work:
    (WorkOutcome & { readonly seconds: number; readonly completedLists: readonly number[] }) | undefined;
  readonly isAlreadyRunning: boolean;
}

/** Runs one cycle. Rejects with an OperationalError, which is in the log by then, or with a bug. */
export async function runCycle(parts: CycleParts): Promise<CycleReport> {
  const { story } = parts;
  const lock = await parts.acquireLock();
  if (lock === undefined) {
    story.cron(sentences.alreadyRunning());
    return { exitCode: EXIT.done, work: undefined, isAlreadyRunning: true };
  }
  try {
    return await runLocked(parts, lock);
  } catch (error) {
    story.cron(sentences.error(error), { code: error instanceof OperationalError ? error.code : 'BUG' });
    throw error;
  } finally {
    await lock.release();
  }
}

async function runLocked(parts: CycleParts, lock: HeldLock): Promise<CycleReport> {
  const { story, limits } = parts;
  story.cron(sentences.start());
  await using store = await parts.openStore();
  await requireSchema(store);
  story.cron(sentences.connected(), { store: store.description });
  story.cron(sentences.maxUsers(limits.maxConcurrentUsers));
  story.cron(sentences.poolSize(limits.poolSize));

  await recover(parts, store);
  const completedBefore = tellCompleted(story, await store.reconcileLists());
  const survey = await store.survey(parts.onlyUser === undefined ? {} : { userId: parts.onlyUser });
  const plan = drawPlan(survey, limits);
  tellDemand(story, survey, plan);
  await parts.removeOldFiles();
  if (plan.users.length === 0) return { exitCode: EXIT.done, work: undefined, isAlreadyRunning: false };

  const startedAt = parts.now();
  const outcome = await runWork(parts, lock, store, plan);
  const isStoreGone = outcome.stopped?.kind === 'store-failed';
  const completed = isStoreGone ? [] : tellCompleted(story, await store.reconcileLists());
  const seconds = (parts.now() - startedAt) / 1000;
  story.cron(sentences.summary(outcome.counts, outcome.users, seconds), { ...outcome, seconds });
  story.cron(sentences.end());
  const work = { ...outcome, seconds, completedLists: [...completedBefore, ...completed] };
  return { exitCode: exitCodeOf(outcome, parts.shutdown), work, isAlreadyRunning: false };
}

async function requireSchema(store: Store): Promise<void> {
  const missing = await store.missingSchema();
  if (missing.length === 0) return;
  throw new OperationalError(
    'SCHEMA_MISSING',
    `${store.description} is not prepared (${missing.length} thing(s) missing, among them ${missing[0]}); nothing was done. ` +
      'Run "smtp-validate-cron migrate" once; "migrate --dry-run" shows what it would do',
    { fields: { missing } },
  );
}

// What a cycle before knew goes into the database before anything is claimed, so that nothing is probed twice.
async function recover(parts: CycleParts, store: Store): Promise<void> {
  const { journals, results } = await parts.replayJournals(store);
  if (journals > 0) parts.story.cron(sentences.replayed(results, journals), { journals, results });
  const released = await store.releaseServer(parts.claimant.server);
  if (released > 0) parts.story.cron(sentences.released(released), { released });
  await store.sweep();
}

function tellDemand(story: Story, survey: Survey, plan: Plan): void {
  if (survey.ownerless > 0)
    story.cron(sentences.ownerless(survey.ownerless), { ownerless: survey.ownerless });
  if (plan.users.length === 0) return story.cron(sentences.nobody());
  story.cron(sentences.found(plan.users.length));
  for (const user of plan.users) story.cron(sentences.pending(user));
  if (plan.waiting.length > 0) story.cron(sentences.waitingUsers(plan.waiting.length));
}

async function runWork(parts: CycleParts, lock: HeldLock, store: Store, plan: Plan): Promise<WorkOutcome> {
  const work = await parts.openWork(store);
  const onShutdown = (): void => {
    work.stop({ kind: 'signal', sentence: `${String(parts.shutdown.reason)} received` });
  };
  const onLockLost = (): void => {
    work.stop({ kind: 'lock-lost', sentence: 'the lock was taken over by another process' });
  };
  const stopAtLimit = (): void => work.stop({ kind: 'max-runtime', sentence: '--max-runtime is over' });
  const timer = parts.maxRuntimeMs === undefined ? undefined : setTimeout(stopAtLimit, parts.maxRuntimeMs);

  const onForced = (): void => void work.hurry();

  parts.shutdown.addEventListener('abort', onShutdown);
  parts.forcedShutdown.addEventListener('abort', onForced);
  lock.lost.addEventListener('abort', onLockLost);
  if (parts.shutdown.aborted) onShutdown();
  try {
    return await work.run(plan);
  } finally {
    clearTimeout(timer);
    parts.shutdown.removeEventListener('abort', onShutdown);
    parts.forcedShutdown.removeEventListener('abort', onForced);
    lock.lost.removeEventListener('abort', onLockLost);
  }
}

function tellCompleted(story: Story, lists: readonly ReconciledList[]): number[] {
  const completed = lists.filter((list) => list.justCompleted);
  for (const list of completed) {
    story.cron(sentences.listCompleted(list), { ...list });
    if (list.userId !== undefined)
      story.user(list.userId, sentences.userListCompleted(list.userId, list), { ...list });
  }
  return completed.map((list) => list.listId);
}

function exitCodeOf(outcome: WorkOutcome, shutdown: AbortSignal): number {
  if (outcome.stopped?.kind === 'store-failed') return EXIT.databaseUnreachable;
  if (outcome.stopped?.kind === 'signal')
    return shutdown.reason === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
  const isCutShort = outcome.stopped !== undefined && outcome.stopped.kind !== 'max-runtime';
  const isIncomplete = outcome.workersFailed > 0 || outcome.givenBack > 0 || isCutShort;
  return isIncomplete ? EXIT.incomplete : EXIT.done;
}
