// Twins: rows of one address, in whatever list. One of them is asked about, the others take its answer. Decides what
// becomes of a row in view of what is known of its twins, and makes a twin's answer into the row's own result. Pure:
// who holds which rows, and when the answer comes, is cycle/twins.ts, what the database knows store/twins.ts.

import { decideNext } from './decide-next.ts';
import type { Result } from './result.ts';
import type { ClaimedRow } from './row.ts';
import { RETRY_POLICY, usedUp, waitsOf, type Probes } from './retry-policy.ts';

/** What the database knows of another row of the same address that matters now. */
export type Twin = AnsweredTwin | { readonly type: 'held' };

/**
 * A twin that was `decided` not long ago, or asked about and put off: it `waits`, and is not due for a while. `answer` is
 * its result as of now, so a wait is what is left of it. A `held` one is with another server.
 */
export interface AnsweredTwin {
  readonly type: 'decided' | 'waits';
  readonly answer: Answer;
  /** Seconds since 1970 on the database's clock. */
  readonly obtainedAt: number;
}

/** What was found out about a row; whoever takes it over has its own claim. */
export type Answer = Omit<Result, 'token'>;

/** What becomes of a row. */
export type Dealing =
  | { readonly type: 'ask' }
  /** It takes this answer over: a verdict, or the wait for the next attempt. */
  | { readonly type: 'take'; readonly twin: AnsweredTwin }
  /** Its answer is on its way on another server. */
  | { readonly type: 'put-off' };

/**
 * Gives what becomes of a row whose address has these twins.
 *
 * A verdict is taken over before anything else, and a twin that another server holds is waited for before one that was
 * put off, since its answer is the newer. Nothing counts that was found out before `askedAt`, when the row itself was
 * asked about last: whoever queued it again wants to know anew.
 */
export function dealWith(askedAt: number | undefined, twins: readonly Twin[]): Dealing {
  const news = twins
    .filter((twin) => twin.type !== 'held')
    .filter(({ obtainedAt }) => askedAt === undefined || obtainedAt > askedAt)
    .toSorted((a, b) => b.obtainedAt - a.obtainedAt);
  const decided = news.find(({ type }) => type === 'decided');
  if (decided !== undefined) return { type: 'take', twin: decided };
  if (twins.some(({ type }) => type === 'held')) return { type: 'put-off' };
  const [waits] = news;
  return waits === undefined ? { type: 'ask' } : { type: 'take', twin: waits };
}

/** The row's result from a twin that the database knows: its verdict, or its wait, which is no attempt of this row. */
export function takeKnown(row: ClaimedRow, { answer, obtainedAt }: AnsweredTwin): Result {
  const taken = takenOver(row, answer, obtainedAt);
  return answer.status === 'deferred' ? { ...taken, attempt: row.attempts, throttles: row.throttles } : taken;
}

/**
 * The row's result from the answer that its twin was given just now, while the row waited for it: so it was asked
 * about as well, and when the twin is put off both wait together. `unknown` because the twin's attempts are used
 * up is no answer for a row that has some left: it waits by its own schedule. `random` (0 to 1) scatters that.
 */
export function takeAwaited(
  row: ClaimedRow,
  answer: Answer,
  schedule: readonly number[],
  random: number,
): Result {
  const taken = takenOver(row, answer, answer.takenFrom?.at);
  if (answer.status !== 'deferred' && answer.status !== 'unknown') return taken;

  const { reason } = answer;
  const next = decideNext({ verdict: 'retry', reason, waitSeconds: undefined }, row, schedule, random);
  const { attempts: attempt, throttles } = next.probes;
  if (answer.status === 'deferred') return { ...taken, attempt, throttles };
  if (hadWaitsLeft(answer, schedule)) return { ...taken, attempt, throttles }; // unknown whatever time may bring
  return { ...taken, attempt, throttles, status: next.status, retryInSeconds: next.retryInSeconds };
}

function hadWaitsLeft({ reason, attempt, throttles }: Answer, schedule: readonly number[]): boolean {
  const throttled = RETRY_POLICY[reason].isAttempt ? 0 : 1;
  const before: Probes = { attempts: attempt - 1, throttles: throttles - throttled };
  return waitsOf(reason, schedule)[usedUp(reason, before)] !== undefined;
}

// Without the transcript, which is kept with the row that was asked about.
function takenOver({ id, listId, email, token }: ClaimedRow, answer: Answer, at: number | undefined): Result {
  const { transcript: _, takenFrom, ...kept } = answer;
  const source = takenFrom ?? { rowId: answer.id, listId: answer.listId };
  return { ...kept, id, listId, email, token, ms: 0, takenFrom: { ...source, at } };
}
