// One firing of cron, from lock to summary: the order of things, no mechanics. What costs start-up time and is
// needed only when somebody has work comes through `openWork`, so that an idle minute costs next to nothing.

import { EXIT, OperationalError } from '../platform/operational-error.ts';
import { requireSchema } from '../store/require-schema.ts';
import type { Claimant, Demand, Store, Survey } from '../store/store.ts';
import { ListKeeper } from './list-keeper.ts';
import { chooseActive, type PlanLimits } from './plan.ts';
import type { Replay } from './replay-journals.ts';
import { causeOf, type StopCause } from './stop-cause.ts';
import { sentences, type Story } from './story.ts';
import type { WorkOutcome } from './work-outcome.ts';

/** The lock as a cycle sees it: to be given back, and perhaps lost meanwhile. */
export interface HeldLock {
  release(): Promise<void>;
  /** Aborted when somebody else took the lock over. */
  readonly lost: AbortSignal;
}

/** Work that runs: it can be told to stop, and ends with what came of it. */
export interface RunningWork {
  stop(cause: StopCause): void;
  /** Gives up what is in flight. */
  kill(): Promise<void>;
  run(demands: readonly Demand[]): Promise<WorkOutcome>;
}

export interface CycleParts {
  readonly story: Story;
  readonly limits: PlanLimits;
  readonly claimant: Claimant;
  readonly onlyUser: number | undefined;
  readonly maxRuntimeMs: number | undefined;
  /** What a shadow run says of itself first; undefined for a real one. */
  readonly shadow: string | undefined;
  readonly now: () => number;
  /** Aborted by SIGTERM or SIGINT; its reason is the signal's name. */
  readonly shutdown: AbortSignal;
  /** Aborted by a second signal: what is in flight is given up. */
  readonly forcedShutdown: AbortSignal;
  readonly acquireLock: () => Promise<HeldLock | undefined>;
  readonly openStore: () => Promise<Store>;
  /** True of a cycle that this installation began, and no other of the same name. */
  readonly hasBegunCycle: (cycleId: string) => boolean;
  /** True when journals were left behind. */
  readonly hasJournals: () => boolean;
  /** Brings their results into the store. */
  readonly replayJournals: (store: Store) => Promise<Replay>;
  readonly openWork: (store: Store) => Promise<RunningWork>;
  /** True of the first cycle of a day. */
  readonly beganDay: () => boolean;
  readonly removeOldFiles: () => Promise<void>;
  readonly witness: CycleWitness;
  /** Tells others of completed lists; undefined where nobody wants to know. */
  readonly announceLists: ((store: Store) => Promise<void>) | undefined;
}

/** What came of a cycle that had work. */
export interface CycleWork extends WorkOutcome {
  readonly seconds: number;
}

/** Whoever is told of a cycle's course besides the log, under the lock. Being told never throws. */
export interface CycleWitness {
  began(): void;
  ended(end: CycleEnd): void;
}

/** How a cycle ended. */
export interface CycleEnd {
  readonly exitCode: number;
  /** Undefined when there was nothing to do, or another cycle runs. */
  readonly work: CycleWork | undefined;
  /** Lists that it completed, also where they needed no work. */
  readonly completedLists: readonly number[];
}

export interface CycleReport extends CycleEnd {
  readonly isAlreadyRunning: boolean;
  /** True when a signal came before there was anything to drain. */
  readonly isAbandoned: boolean;
}

const NOTHING_DONE: CycleReport = {
  exitCode: EXIT.done,
  work: undefined,
  completedLists: [],
  isAlreadyRunning: false,
  isAbandoned: false,
};

const IDLE = { state: 'idle', ageSeconds: 0, workers: 0, rowsInHand: 0, users: [] } as const;

/** Runs one cycle. Rejects with an OperationalError, which is in the log by then, or with a bug. */
export async function runCycle(parts: CycleParts): Promise<CycleReport> {
  const { story } = parts;
  const lock = await parts.acquireLock();
  if (lock === undefined) {
    story.cron(sentences.alreadyRunning());
    return { ...NOTHING_DONE, isAlreadyRunning: true };
  }
  parts.witness.began();
  try {
    const report = await runLocked(parts, lock);
    parts.witness.ended(report);
    return report;
  } catch (error) {
    story.cron(sentences.error(error), fieldsOf(error));
    parts.witness.ended({
      ...NOTHING_DONE,
      exitCode: error instanceof OperationalError ? error.exitCode : EXIT.bug,
    });
    throw error;
  } finally {
    await lock.release();
  }
}

async function runLocked(parts: CycleParts, lock: HeldLock): Promise<CycleReport> {
  const { story, limits } = parts;
  story.cron(sentences.start());
  if (parts.shadow !== undefined) story.cron(parts.shadow);
  if (story.failure !== undefined) throw story.failure;
  const opened = await unlessAborted(parts.openStore(), parts.shutdown);
  if (opened === undefined) {
    story.cron(sentences.abandoned(String(parts.shutdown.reason)));
    return { ...NOTHING_DONE, exitCode: exitCodeOfSignal(parts.shutdown), isAbandoned: true };
  }
  await using store = opened;
  if (!parts.hasJournals() && (await store.isAtRest())) return rest(parts);
  await requireSchema(store);

  await recover(parts, store);
  await using lists = new ListKeeper({ store, story, announce: parts.announceLists });
  await lists.reconcile();
  const paused = (await store.pauses()).find(
    ({ kind, name }) => kind === 'server' && name === parts.claimant.server,
  );
  if (paused !== undefined) {
    story.cron(sentences.nothingWhilePaused(paused));
    return { ...NOTHING_DONE, completedLists: lists.completed };
  }
  const survey = await store.survey({
    userId: parts.onlyUser,
    counted: (demands) => chooseActive(demands, limits).active.map(({ userId }) => userId),
  });
  const { active } = chooseActive(survey.demands, limits);
  if (active.length > 0) {
    story.cron(sentences.connected(), { store: store.description });
    story.cron(sentences.maxUsers(limits.maxConcurrentUsers));
    story.cron(sentences.poolSize(limits.poolSize));
  }
  tellDemand(story, survey, active);
  await parts.removeOldFiles();
  if (active.length === 0) {
    await store.noteServer({ ...parts.claimant, ...IDLE, poolSize: limits.poolSize });
    return { ...NOTHING_DONE, completedLists: lists.completed };
  }

  const startedAt = parts.now();
  lists.begin();
  const outcome = await runWork(parts, lock, store, active);
  await lists.rest();
  if (!isStoreGone(outcome)) await lists.reconcile();
  const seconds = (parts.now() - startedAt) / 1000;
  await lists.announced();
  story.cron(sentences.summary(outcome, seconds), { ...outcome, stopped: outcome.stopped?.kind, seconds });
  story.cron(sentences.end());
  const { completed: completedLists } = lists;
  const exitCode = exitCodeOf(outcome, parts.shutdown);
  return { ...NOTHING_DONE, exitCode, completedLists, work: { ...outcome, seconds } };
}

// Recovery, reconciliation and survey would find nothing: an idle minute does not ask them. Files grow old by the day.
async function rest(parts: CycleParts): Promise<CycleReport> {
  parts.story.cron(sentences.nobody());
  if (parts.beganDay()) await parts.removeOldFiles();
  return NOTHING_DONE;
}

// What a cycle before knew goes into the database before anything is claimed, so that nothing is probed twice.
async function recover(parts: CycleParts, store: Store): Promise<void> {
  const { journals, results, setAside } = await parts.replayJournals(store);
  for (const { path, why } of setAside) parts.story.cron(sentences.setAside(path, why), { path });
  if (journals > 0) parts.story.cron(sentences.replayed(results, journals), { journals, results });
  const { server } = parts.claimant;
  const { released, heldByNamesake } = await store.releaseServer(server, parts.hasBegunCycle);
  if (released > 0) parts.story.cron(sentences.released(released), { released });
  if (heldByNamesake > 0)
    parts.story.cron(sentences.namesake(server, heldByNamesake), { server, held: heldByNamesake });
  await store.sweep();
}

function tellDemand(story: Story, survey: Survey, active: readonly Demand[]): void {
  if (survey.ownerless > 0)
    story.cron(sentences.ownerless(survey.ownerless), { ownerless: survey.ownerless });
  if (active.length === 0) return story.cron(sentences.nobody());
  story.cron(sentences.found(active.length));
  for (const demand of active) story.cron(sentences.pending(demand));
  const waiting = survey.demands.length - active.length;
  if (waiting > 0) story.cron(sentences.waitingUsers(waiting));
}

async function runWork(
  parts: CycleParts,
  lock: HeldLock,
  store: Store,
  active: readonly Demand[],
): Promise<WorkOutcome> {
  const work = await parts.openWork(store);
  const stopAtLimit = (): void => work.stop({ kind: 'max-runtime', sentence: '--max-runtime is over' });
  const timer = parts.maxRuntimeMs === undefined ? undefined : setTimeout(stopAtLimit, parts.maxRuntimeMs);
  using _ = listening([
    [
      parts.shutdown,
      () => work.stop({ kind: 'signal', sentence: `${String(parts.shutdown.reason)} received` }),
    ],
    [parts.forcedShutdown, () => void work.kill()],
    [lock.lost, () => work.stop(causeOf(lock.lost.reason))],
  ]);
  try {
    return await work.run(active);
  } finally {
    clearTimeout(timer);
  }
}

/** Calls each listener when its signal aborts, at once where it has; until disposed. */
function listening(pairs: readonly (readonly [AbortSignal, () => void])[]): Disposable {
  for (const [signal, listener] of pairs) {
    if (signal.aborted) listener();
    else signal.addEventListener('abort', listener);
  }
  return {
    [Symbol.dispose]: () => {
      for (const [signal, listener] of pairs) signal.removeEventListener('abort', listener);
    },
  };
}

/** What the promise gives, or undefined as soon as the signal aborts; what comes later is closed. */
async function unlessAborted(opening: Promise<Store>, signal: AbortSignal): Promise<Store | undefined> {
  let abort: () => void = () => undefined;
  const aborted = new Promise<undefined>((resolve) => {
    abort = () => resolve(undefined);
  });
  using _ = listening([[signal, abort]]);
  const first = await Promise.race([opening, aborted]);
  if (first === undefined) opening.then((store) => store[Symbol.asyncDispose]()).catch(() => undefined);
  return first;
}

function exitCodeOf({ stopped, workersFailed, givenBack }: WorkOutcome, shutdown: AbortSignal): number {
  if (stopped?.kind === 'signal') return exitCodeOfSignal(shutdown);
  if (stopped?.kind === 'failure') return stopped.error.exitCode;
  return workersFailed > 0 || givenBack > 0 ? EXIT.incomplete : EXIT.done;
}

function exitCodeOfSignal({ reason }: AbortSignal): number {
  return reason === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
}

function isStoreGone({ stopped }: WorkOutcome): boolean {
  return (
    stopped?.kind === 'failure' && ['DATABASE_UNREACHABLE', 'RIGHTS_MISSING'].includes(stopped.error.code)
  );
}

function fieldsOf(error: unknown): Readonly<Record<string, unknown>> {
  if (error instanceof OperationalError) return { code: error.code, ...error.fields };
  return { code: 'BUG', stack: error instanceof Error ? error.stack : String(error) };
}
