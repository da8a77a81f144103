// The sentences of a cycle's log, one function each, so that the whole story can be read here in order.
// Wording that operators grep for stands in the contract; change none of it lightly.

import { inWords, plainCount } from '../domain/amounts.ts';
import { cleanLine } from '../domain/clean-text.ts';
import { tallyOutcomes as tally, totalOutcomes as total } from '../domain/outcome-counts.ts';
import { type Pause, subjectName } from '../domain/pause.ts';
import type { ProviderShare } from '../domain/provider-shares.ts';
import type { OutcomeCounts } from '../domain/verdict.ts';
import type { OperationalError } from '../platform/operational-error.ts';
import type { Rest } from '../pool/destinations.ts';
import type { Demand, ReconciledList } from '../store/store.ts';
import { briefly, isAskedFor, type StopCause } from './stop-cause.ts';
import type { SavedProbes } from './tally.ts';
import type { WorkOutcome } from './work-outcome.ts';

type Pending = Pick<Demand, 'userId' | 'pending' | 'isCapped'>;

/** Where a cycle's events go: the cron log and the users' logs, and the same as JSON with the fields. Telling never throws. */
export interface Story {
  /** Set once something could not be told. */
  readonly failure: OperationalError | undefined;
  cron(text: string, fields?: Readonly<Record<string, unknown>>): void;
  user(userId: number, text: string, fields?: Readonly<Record<string, unknown>>): void;
}

export const sentences = {
  start: () => '=== MULTI-USER SMTP VALIDATION CRON START ===',
  shadow: (since: string | undefined) =>
    `Nothing is written into emails and csv_list, verdicts are kept for "compare". Taken are pending emails${since === undefined ? '' : `, and all emails of lists made since ${since}`}; "pending" below means: not looked at by this program so far`,
  alreadyRunning: () => 'Already running. Exit.',
  connected: () => 'Database connected successfully',
  maxUsers: (count: number) => `Max concurrent users: ${count}`,
  poolSize: (count: number) => `Total workers pool: ${count}`,
  nobody: () => 'No users with pending emails that are due. Exit.',
  found: (users: number) => `Found ${users} active user(s) with pending emails:`,
  pending: (user: Pending) => `  - User ID ${user.userId}: ${rows(user)} pending emails`,
  allocated: (user: Pending, workers: number) =>
    `User ${user.userId}: Allocated ${workers} workers for ${rows(user)} emails`,
  waitingUsers: (count: number) =>
    `${plainCount(count, 'more user')} with pending emails ${count === 1 ? 'waits' : 'wait'} for a place`,
  ownerless: (count: number) =>
    `WARNING: ${count === 1 ? '1 pending email has' : `${count} pending emails have`} no user: neither the row nor its list names one, so nobody's turn ever reaches ${count === 1 ? 'it' : 'them'}`,
  replayed: (results: number, journals: number) =>
    `Recovered ${plainCount(results, 'result')} from ${plainCount(journals, 'journal')} that a cycle before left behind`,
  setAside: (path: string, why: string) =>
    `WARNING: a journal could not be read to its end, since ${why}; what could be read was used, and it is kept as ${path}`,
  released: (count: number) => `Gave back ${plainCount(count, 'email')} that a cycle before still held`,
  namesake: (server: string, held: number) =>
    `WARNING: ${plainCount(held, 'email is', 'emails are')} held under the name of this server, ${server}, by a cycle that did not begin here: either another server has the same SERVER_ID (give each its own), or this STORAGE_DIR is a new one; left alone until the claims run out`,

  processing: (userId: number) => `[User ${userId}] ======= PROCESSING USER ${userId} =======`,
  userWorkers: (userId: number, workers: number) => `[User ${userId}] Allocated workers: ${workers}`,
  userFound: (user: Pending) => `[User ${user.userId}] Found ${rows(user)} emails to validate`,
  dynamicAllocation: (user: Pending, workers: number) => {
    const each = Math.ceil(user.pending / Math.max(workers, 1));
    return `[User ${user.userId}] DYNAMIC ALLOCATION: ${rows(user)} emails → ${workers} workers (~${each} emails/worker)`;
  },
  spawned: (userId: number, worker: number, from: number, to: number) =>
    `[User ${userId} | Worker ${worker}] Spawned successfully (processing emails ${from} to ${to})`,
  reused: (userId: number, worker: number, from: number, to: number) =>
    `[User ${userId} | Worker ${worker}] Took over a free worker process (processing emails ${from} to ${to})`,
  workerDone: (userId: number, worker: number, processed: number) =>
    `[User ${userId} | Worker ${worker}] Completed: ${processed} emails processed`,
  workerFailed: (userId: number, worker: number, sentence: string) =>
    `[User ${userId} | Worker ${worker}] ERROR: ${sentence}`,
  idleWorkerFailed: (sentence: string) => `ERROR: ${sentence}`,
  reallocated: (userId: number, workers: number) =>
    `[User ${userId}] Allocated workers: ${workers} (users came or went)`,
  userProgress: (userId: number, done: number, known: number) =>
    `[User ${userId}] Progress: ${done} of ${known} emails (${percent(done, known)})`,
  userDone: (userId: number, counts: OutcomeCounts, seconds: number) =>
    `[User ${userId}] ======= USER ${userId} DONE: ${total(counts)} emails in ${seconds.toFixed(1)} s: ${tally(counts)} =======`,
  turnOver: (userId: number, seconds: number, why: string) =>
    `User ${userId}: turn over after ${seconds.toFixed(0)} s, since ${why}; the rest of its emails waits for the next one`,
  userTurnOver: (userId: number, counts: OutcomeCounts, seconds: number, why: string) =>
    `[User ${userId}] Turn over after ${seconds.toFixed(0)} s, since ${why}: ${total(counts)} emails so far: ${tally(counts)}`,
  listCompleted: (list: ReconciledList) =>
    `List ${list.listId} completed: ${list.total} emails, valid ${list.valid}, invalid ${list.invalid}`,

  webhookTaken: (listId: number, attempt: number) =>
    `List ${listId}: WEBHOOK_URL was told that it is completed${attempt === 1 ? '' : `, at attempt ${attempt}`}`,
  webhookPutOff: (listId: number, why: string, attempt: number, seconds: number) =>
    `WARNING: WEBHOOK_URL did not take the news that list ${listId} is completed (attempt ${attempt}): ${why}; the next attempt is in ${seconds} s`,
  webhookGivenUp: (listId: number, why: string, attempt: number) =>
    `ERROR: WEBHOOK_URL never took the news that list ${listId} is completed, in a day and ${plainCount(attempt, 'attempt')}: ${why}; it is given up`,

  userListCompleted: (userId: number, list: ReconciledList) =>
    `[User ${userId}] ${sentences.listCompleted(list)}`,

  progress: (counts: OutcomeCounts, inHand: number, perMinute: number, workers: number) => {
    const decided = total(counts) - counts.deferred;
    return `Progress: ${plainCount(decided, 'email')} decided, ${plainCount(counts.deferred, 'probe')} put off, ${plainCount(inHand, 'email')} in hand with ${plainCount(workers, 'worker')}, ${Math.round(perMinute)} probes/minute`;
  },
  dropped: (count: number) =>
    `${plainCount(count, 'result was', 'results were')} not written: the claim had run out, or the row was decided or deleted meanwhile`,
  hiddenExclusions: (tables: readonly string[]) =>
    `WARNING: this account may not read ${tables.join(' and ')}: whoever the CRM excludes there is asked about all the same. "doctor" says what to grant`,
  neverAsked: (destinations: readonly string[]) =>
    `Never asked, by the operator's choice (config/providers.json): ${destinations.join(', ')}`,
  destinationClosed: (destination: string, { type, said, seconds }: Rest) =>
    `WARNING: ${destination} ${type === 'block' ? 'blocks us' : 'asks us to slow down'} ("${said}"); nobody asks there for ${inWords(seconds)}, and its emails wait. "smtp-validate-cron providers" tells how it stands`,
  mostlyOneProvider: ({ provider, share, emails, perMinute, atLeastSeconds }: ProviderShare) =>
    `  about ${Math.round(share * 100)}% of them are at ${provider}, which one server asks about at most ${perMinute} recipients a minute: its ${emails} emails alone take ${inWords(atLeastSeconds)} or longer, whatever the number of workers`,
  stopping: (cause: StopCause) =>
    `${isAskedFor(cause) ? '' : 'ERROR: '}Stopping: ${cause.sentence}; workers finish what is in flight`,
  outage: ({ type, sentence }: { readonly type: 'away' | 'back'; readonly sentence: string }) =>
    type === 'away' ? `WARNING: ${sentence}; what is in flight goes on into journals` : sentence,
  givenBack: (count: number) =>
    `Gave back ${plainCount(count, 'email that was', 'emails that were')} not probed`,
  summary: (outcome: WorkOutcome, seconds: number) => {
    const { counts, saved, unwritten, givenBack, users, workersFailed, stopped } = outcome;
    const decided = total(counts) - counts.deferred;
    const perMinute = Math.round((decided / Math.max(seconds, 0.001)) * 60);
    const putOff =
      counts.deferred === 0 ? '' : `; ${plainCount(counts.deferred, 'probe')} put off for another attempt`;
    const verdicts = tally({ ...counts, deferred: 0 });
    const kept =
      unwritten === 0
        ? ''
        : `; ${plainCount(unwritten, 'result')} could not be written and ${unwritten === 1 ? 'stands in a journal' : 'stand in journals'} for the next cycle`;
    const back = givenBack === 0 ? '' : `; ${plainCount(givenBack, 'email')} given back unprobed`;
    const failed = workersFailed === 0 ? '' : `; ${plainCount(workersFailed, 'worker')} failed`;
    const head = stopped === undefined ? 'Cycle completed' : `Cycle stopped early (${briefly(stopped)})`;
    return `${head}: ${plainCount(decided, 'email')} of ${plainCount(users, 'user')} decided in ${seconds.toFixed(1)} s (${perMinute} emails/minute): ${verdicts}${savedProbes(saved)}${putOff}${back}${failed}${kept}`;
  },
  paused: (pause: Pause) => `Paused: ${subjectName(pause)}, by ${pause.by}${because(pause)}`,
  resumed: (pause: Pause) => `Resumed: ${subjectName(pause)}`,
  serverPaused: (pause: Pause) =>
    `this server is paused, by ${pause.by}${because(pause)} ("smtp-validate-cron resume server ${pause.name}" ends it)`,
  nothingWhilePaused: (pause: Pause) => `Nothing is claimed: ${sentences.serverPaused(pause)}. Exit.`,
  abandoned: (signal: string) => `${signal} received before the database answered: nothing was begun`,
  warning: (cause: unknown) => `WARNING: ${cause instanceof Error ? cause.message : String(cause)}`,
  error: (error: unknown) => `ERROR: ${error instanceof Error ? error.message : String(error)}`,
  end: () => '=== MULTI-USER SMTP VALIDATION CRON END ===',
} as const;

function because({ reason }: Pause): string {
  return reason === undefined ? '' : `: ${cleanLine(reason)}`;
}

function rows({ pending, isCapped }: { readonly pending: number; readonly isCapped: boolean }): string {
  return isCapped ? `more than ${pending}` : `${pending}`;
}

const SAVED: Readonly<Record<keyof SavedProbes, string>> = {
  sameAddress: 'of an address that another row has',
  shadowRun: 'that a shadow run had made',
  noMailHost: 'of domains without a mail host',
  deadHost: 'at hosts just found dead',
  knownHere: 'decided without asking',
  knownDomain: 'for control recipients of known domains',
};

function savedProbes(saved: SavedProbes): string {
  const parts = Object.entries(SAVED)
    .map(([why, words]) => ({ count: saved[why as keyof SavedProbes], words }))
    .filter(({ count }) => count > 0)
    .map(({ count, words }) => `${count} ${words}`);
  return parts.length === 0 ? '' : `; probes saved: ${parts.join(', ')}`;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '100%' : `${Math.floor((part / whole) * 100)}%`;
}
