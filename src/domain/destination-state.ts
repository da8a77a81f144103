// What a destination has come to: how many connections it may see, and whether it is left alone. A pure state machine:
// (state, what was heard, now) → state. Open, closed until a time, then on trial: one connection is tried, and either it
// is answered as it should be, or the destination closes again, for longer. Where states are kept, and what is done to
// workers and rows, is the pool's business. Times are milliseconds on any one clock.
//
// What closes a destination. Before RCPT nobody has been asked about, so a block there is meant for us: at once. At RCPT it may
// be the wish of one domain among many at the same host: it counts when nobody was answered as a mailbox in
// between, and after three that came from two domains. One domain alone closes a host that serves no other in our lists, after
// five; never a provider. A throttle closes for the time that it names, or for the usual one, unless it ended a session in which
// others had been answered, or refused one connection beside others: those are limits that the window learns.

import type { Complaint } from './complaint.ts';
import {
  adjustWindow,
  afterGoodSessions,
  halved,
  isGoodAnswer,
  openWindow,
  refusedConnection,
  type ConcurrencyWindow,
  type WindowBounds,
} from './concurrency-window.ts';
import type { Reason } from './reason.ts';
import { isShortened, waitsOf } from './retry-policy.ts';

export interface DestinationState {
  readonly window: ConcurrencyWindow;
  /** Undefined while it is open. */
  readonly closure?: Closure | undefined;
  /** Blocks at RCPT since somebody was answered as a mailbox. */
  readonly blocks?: { readonly count: number; readonly domains: readonly string[] } | undefined;
}

export interface Closure {
  readonly type: Complaint['type'];
  /** What was said, clean. */
  readonly said: string;
  /** When it closed first, without an answer as it should be since. */
  readonly since: number;
  /** Until then nobody goes there; from then on it is on trial. */
  readonly until: number;
  /** How long it was closed this time. */
  readonly waitSeconds: number;
}

/** What is known where a complaint is heard. */
export interface Hearing {
  readonly now: number;
  /** Connections of this server to the destination, that of the complaint included. */
  readonly open: number;
  readonly isProvider: boolean;
  /** More than one domain's mail is known to go there. */
  readonly isShared: boolean;
}

/** For how long what closes a destination, in seconds. */
export interface ClosurePolicy {
  /** The first wait, and the longest: each is twice the one before. */
  readonly block: Waits;
  readonly throttle: Waits;
  /** A wait that a destination names itself is taken at its word, once, up to this. */
  readonly longestNamed: number;
}

interface Waits {
  readonly first: number;
  readonly longest: number;
  /** After so long without an answer as it should be, rows wait for it no longer. */
  readonly giveUp: number;
}

const BLOCKS_TO_CLOSE = 3;
const DOMAINS_TO_CLOSE = 2;
const BLOCKS_OF_ONE_DOMAIN_TO_CLOSE = 5;
const DOUBLINGS = { block: 24, throttle: 16 }; // an hour to a day; a quarter of an hour to four hours
const LONGEST_NAMED_SECONDS = 3600;
/** Whoever names no time at all, or has none set, would be asked without end. */
const SHORTEST_SECONDS = 1;

/** Gives the waits of destinations by the schedule of rows: as long as a row of the same reason waits, and no longer in all. */
export function closurePolicy(schedule: readonly number[]): ClosurePolicy {
  const waits = (reason: 'policy-block' | 'rate-limited', doublings: number): Waits => {
    const ofRows = waitsOf(reason, schedule);
    const [first = 0] = ofRows;
    const longest = isShortened(schedule) ? Math.max(0, ...ofRows) : first * doublings;
    return { first, longest, giveUp: ofRows.reduce((sum, seconds) => sum + seconds, 0) };
  };
  return {
    block: waits('policy-block', DOUBLINGS.block),
    throttle: waits('rate-limited', DOUBLINGS.throttle),
    longestNamed: isShortened(schedule) ? 0 : LONGEST_NAMED_SECONDS,
  };
}

/** The state of a destination that nothing is known of. */
export function unknownDestination(bounds: WindowBounds): DestinationState {
  return { window: openWindow(bounds) };
}

/** Connections that the destination may see now: none while it is closed, one while it is on trial. */
export function connectionsNow({ window, closure }: DestinationState, now: number): number {
  if (closure === undefined) return window.limit;
  return now < closure.until ? 0 : 1;
}

/** True when rows that wait for it have waited as long as they may. */
export function isGivenUp({ closure }: DestinationState, now: number, policy: ClosurePolicy): boolean {
  return closure !== undefined && now >= closure.since + policy[closure.type].giveUp * 1000;
}

/** Gives the state after these answers. One that speaks of a mailbox opens the destination again, once its time is over. */
export function afterAnswers(
  state: DestinationState,
  reasons: readonly Reason[],
  bounds: WindowBounds,
  now: number,
): DestinationState {
  const isGood = reasons.some(isGoodAnswer);
  const isClosed = state.closure !== undefined && now < state.closure.until;
  const window = isClosed ? state.window : adjustWindow(state.window, reasons, bounds, now);
  return {
    window,
    closure: isGood && !isClosed ? undefined : state.closure,
    blocks: isGood ? undefined : state.blocks,
  };
}

/** Gives the state after so many more sessions that ended as they should. */
export function afterSessions(
  state: DestinationState,
  sessions: number,
  bounds: WindowBounds,
  now: number,
): DestinationState {
  if (state.closure !== undefined) return state;
  return { ...state, window: afterGoodSessions(state.window, sessions, bounds, now) };
}

/** Gives the state after a complaint. What is said by sessions on their way out of a closed destination changes little. */
export function afterComplaint(
  state: DestinationState,
  complaint: Complaint,
  hearing: Hearing,
  policy: ClosurePolicy,
): DestinationState {
  const { window, closure } = state;
  const { now, open } = hearing;
  if (complaint.type === 'throttle') {
    if (complaint.waitSeconds === undefined && isLimitOfSession(complaint))
      return { ...state, window: halved(window) };
    if (
      complaint.waitSeconds === undefined &&
      open > 1 &&
      closure === undefined &&
      complaint.stage !== 'rcpt'
    )
      return { ...state, window: refusedConnection(window, open, now) };
    return closedBy(state, complaint, now, policy);
  }
  if (complaint.stage !== 'rcpt') return closedBy(state, complaint, now, policy);
  const blocks = afterBlock(state.blocks, complaint);
  return isAgainstUs(blocks, hearing) ? closedBy(state, complaint, now, policy) : { ...state, blocks };
}

/** True of a session that is ended in its course: it had as many recipients, or errors, as the host bears in one. */
function isLimitOfSession({ stage, code, isAfterAnswers }: Complaint): boolean {
  return code === 421 && isAfterAnswers && (stage === 'rcpt' || stage === 'mail' || stage === 'rset');
}

type Blocks = NonNullable<DestinationState['blocks']>;

function afterBlock(before: DestinationState['blocks'], { domain = '', isAfterAnswers }: Complaint): Blocks {
  const { count, domains } = isAfterAnswers || before === undefined ? { count: 0, domains: [] } : before;
  const isNew = !domains.includes(domain) && domains.length < DOMAINS_TO_CLOSE;
  return { count: count + 1, domains: isNew ? [...domains, domain] : domains };
}

function isAgainstUs({ count, domains }: Blocks, { isProvider, isShared }: Hearing): boolean {
  if (domains.length >= DOMAINS_TO_CLOSE) return count >= BLOCKS_TO_CLOSE;
  return !isProvider && !isShared && count >= BLOCKS_OF_ONE_DOMAIN_TO_CLOSE;
}

function closedBy(
  state: DestinationState,
  { type, said, waitSeconds: named }: Complaint,
  now: number,
  policy: ClosurePolicy,
): DestinationState {
  const before = state.closure;
  const wait = Math.min(named ?? Infinity, policy.longestNamed);
  const isNamed = type === 'throttle' && named !== undefined && policy.longestNamed > 0;
  const isClosed = before !== undefined && now < before.until;
  // A closure begins once, however many sessions hear of it; a block weighs more than a throttle.
  if (
    isClosed &&
    (before.type === type || before.type === 'block') &&
    !(isNamed && now + wait * 1000 > before.until)
  )
    return state;
  const { first, longest } = policy[type];
  const doubled = before?.type === type && !isClosed ? Math.min(before.waitSeconds * 2, longest) : undefined;
  // A time that is named is taken at its word once; when it did not help, the longer of both.
  const waitSeconds = Math.max(isNamed ? wait : (doubled ?? first), doubled ?? 0, SHORTEST_SECONDS);
  return {
    window: isClosed ? state.window : halved(state.window),
    closure: {
      type,
      said,
      since: before?.since ?? now,
      until: Math.max(now + waitSeconds * 1000, isClosed ? before.until : 0),
      waitSeconds,
    },
  };
}
