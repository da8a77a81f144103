// Whose turn it is: which users have a place among the few that are worked for at once, and who makes way for whom.
// Pure; since when a user waits is the store's word, what becomes of the rows of one that makes way the pool's
// and the feed's.

/** A user with due rows and no place here. */
export interface Contender {
  readonly userId: number;
  readonly oldestRowId: number;
  /** Seconds since some server last worked for it, or since it was first seen waiting; undefined for one seen for the first time. */
  readonly waitedSeconds: number | undefined;
}

/** A user with a place. */
export interface Holder {
  readonly userId: number;
  readonly heldSeconds: number;
  /** True when nothing of it waits any more: all its rows are with workers. */
  readonly isAllInFlight: boolean;
}

export interface TurnLimits {
  readonly maxConcurrentUsers: number;
  /** What a user may hold its place for while others wait. */
  readonly turnSeconds: number;
}

export interface Turns {
  /** Users that get a place now. */
  readonly enter: readonly number[];
  /** Users whose turn is over. */
  readonly dismiss: readonly number[];
  /** Users that need their place no longer, while others do. */
  readonly vacate: readonly number[];
}

export interface Floor {
  readonly holders: readonly Holder[];
  readonly contenders: readonly Contender[];
  /** Since a user last got a place. */
  readonly secondsSinceEntry: number;
}

// Enough for whoever is new to come before those who had a turn while it arrived; not so much that newcomers without
// end could keep anybody from its next turn: after so many turns of waiting one comes before them.
const HEAD_START_TURNS = 5;

/** What a user that is seen for the first time counts as having waited. */
export function headStartSeconds(turnSeconds: number): number {
  return HEAD_START_TURNS * turnSeconds;
}

/**
 * Gives the contenders in the order of their turns: whoever has waited longest first, and of those the one with the
 * oldest row. A newcomer has a head start, so whoever had a turn lately comes after those who had none.
 */
export function inTurnOrder<User extends Contender>(
  contenders: readonly User[],
  turnSeconds: number,
): User[] {
  const waited = ({ waitedSeconds }: User): number => waitedSeconds ?? headStartSeconds(turnSeconds);
  return contenders.toSorted((a, b) => waited(b) - waited(a) || a.oldestRowId - b.oldestRowId);
}

/**
 * Gives who enters and who makes way.
 *
 * Free places are filled in the order of turns. A user whose rows are all in flight makes way at once. Besides, one
 * user whose turn is over makes way for one that waits; but only when the line stood still for a turn's part, since
 * while small lists come and go by themselves, sending away a large one would leave workers idle. The one that
 * waits must have gone without for that long as well: whoever another server works for is in no need.
 */
export function takeTurns({ holders, contenders, secondsSinceEntry }: Floor, limits: TurnLimits): Turns {
  const { maxConcurrentUsers, turnSeconds } = limits;
  const inOrder = inTurnOrder(contenders, turnSeconds);
  const free = Math.max(maxConcurrentUsers - holders.length, 0);
  const vacate = holders
    .filter(({ isAllInFlight }) => isAllInFlight)
    .slice(0, Math.max(inOrder.length - free, 0))
    .map(({ userId }) => userId);
  const enter = inOrder.slice(0, free + vacate.length).map(({ userId }) => userId);
  if (enter.length > 0 || holders.length < maxConcurrentUsers) return { enter, dismiss: [], vacate };

  const [first] = inOrder;
  const patience = turnSeconds / maxConcurrentUsers;
  const isPressing = first !== undefined && (first.waitedSeconds ?? Infinity) >= patience;
  const [longest] = holders.toSorted((a, b) => b.heldSeconds - a.heldSeconds);
  if (!isPressing || secondsSinceEntry < patience || longest === undefined) return NOBODY;
  return longest.heldSeconds < turnSeconds
    ? NOBODY
    : { enter: [first.userId], dismiss: [longest.userId], vacate: [] };
}

const NOBODY: Turns = { enter: [], dismiss: [], vacate: [] };
