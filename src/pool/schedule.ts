// Who gets the next place: of all users with work the one furthest below its share, and of all slots the one
// where its slice gets going soonest. Pure: a picture of users and slots in, one step out; the pool takes the step
// and asks again, until there is none.
//
// No place is idle while anybody has a slice that may start and no worker at work has sessions for: a share is what a user is
// owed when others want the same places, not a limit. What a user holds beyond its share it gives up as soon as another is owed it.

export interface UserView {
  readonly userId: number;
  /** Slots that the user is owed while others want them. */
  readonly share: number;
  /** Queued slices that may start now. */
  readonly startable: number;
  /** Those of them that may share a slot with others. */
  readonly sociable: number;
}

/** A slot whose process works for a user. */
export interface SlotView {
  readonly slot: number;
  readonly userId: number;
  /** Slices it holds. */
  readonly slices: number;
  /** Destinations of these slices that have open rows. */
  readonly unsettled: number;
  /** Its process is ready, and its assignment takes further slices. */
  readonly isOpen: boolean;
  /** Told to give up its place, which it will do within seconds. */
  readonly isLeaving: boolean;
  /** All its sessions have been busy with the same destinations for a while, and it was not asked to hand on others. */
  readonly isStalled: boolean;
}

export interface PoolView {
  readonly users: readonly UserView[];
  readonly slots: readonly SlotView[];
  /** Idle processes, and those that the pool has room for. */
  readonly freePlaces: number;
  /** Of them, processes that are there already. */
  readonly idlePlaces: number;
  /** Processes that may be started now: too many at once only keep each other from getting ready. */
  readonly startsLeft: number;
  /** Sessions that one worker keeps open at once. */
  readonly maxSessions: number;
}

export type Step =
  /** Gives the user's next slice to a free place. */
  | { readonly type: 'engage'; readonly userId: number }
  /** Gives the user's next slice to a slot that works for it already. */
  | { readonly type: 'give'; readonly userId: number; readonly slot: number }
  /** Asks a slot to give up its place, for a user that is owed one. */
  | { readonly type: 'reclaim'; readonly slot: number }
  /** Asks a slot to hand on what it has not begun, since places are idle. */
  | { readonly type: 'relieve'; readonly slot: number };

/** A worker with that many slices has enough to choose from; more would only sit there. */
const MAX_SLICES_PER_SLOT = 32;

/** Gives the next step, or undefined when nothing can be started or moved. */
export function nextStep(view: PoolView): Step | undefined {
  const held = countHeld(view.slots);
  const heldBy = (userId: number): number => held.get(userId) ?? 0;
  const wanting = view.users
    .filter((user) => user.startable > 0)
    .toSorted((a, b) => fill(heldBy(a.userId), a.share) - fill(heldBy(b.userId), b.share));
  const leaving = view.slots.filter((slot) => slot.isLeaving).length;

  for (const { userId, share, startable, sociable } of wanting) {
    const own = view.slots.filter((slot) => slot.userId === userId && slot.isOpen && !slot.isLeaving);
    const idle = own.find((slot) => slot.slices === 0);
    if (idle !== undefined) return { type: 'give', userId, slot: idle.slot };
    if (view.idlePlaces > 0) return { type: 'engage', userId };
    const ready =
      sociable > 0 ? leastLoaded(own.filter((slot) => isReady(slot, view.maxSessions))) : undefined;
    if (view.freePlaces > 0) {
      // To start a process costs as much as a hundred probes: whoever is at work takes what it has sessions for.
      if (ready !== undefined) return { type: 'give', userId, slot: ready.slot };
      if (view.startsLeft > 0 || (share > 0 && heldBy(userId) === 0)) return { type: 'engage', userId };
      continue; // one is on its way, or would only take from those that are at work
    }

    const owed = Math.min(Math.max(share - heldBy(userId), 0), startable);
    const spare = owed > leaving ? (unusedSlot(view, userId) ?? surplusSlot(view, heldBy)) : undefined;
    if (spare !== undefined) return { type: 'reclaim', slot: spare.slot };

    // Slices for which a place is on its way wait for it, a second or so, rather than crowd a slot.
    if (startable <= Math.min(owed, leaving)) continue;
    if (ready !== undefined) return { type: 'give', userId, slot: ready.slot };
  }

  const stalled = stalledSlot(view, heldBy);
  if (stalled !== undefined) return { type: 'relieve', slot: stalled.slot };
  if (leaving > 0) return undefined;
  for (const { userId } of wanting) {
    const unused = unusedSlot(view, userId);
    if (unused !== undefined) return { type: 'reclaim', slot: unused.slot };
  }
  return undefined;
}

/** True when there is a place for a further slice of the user, if it had one: it would start at once, or with the next process. */
export function hasRoomFor(view: PoolView, userId: number): boolean {
  const isOwn = (slot: SlotView): boolean => slot.userId === userId && slot.isOpen && !slot.isLeaving;
  return view.freePlaces > 0 || view.slots.some((slot) => isOwn(slot) && isReady(slot, view.maxSessions));
}

/** How many free places the user is owed. */
export function placesOwed({ users, slots, freePlaces }: PoolView, userId: number): number {
  const { share = 0 } = users.find((user) => user.userId === userId) ?? {};
  return Math.max(Math.min(share - (countHeld(slots).get(userId) ?? 0), freePlaces), 0);
}

/** True when a slot may have another slice: a quarter of its sessions have nothing left to do, and others soon will not. */
function isReady(slot: SlotView, maxSessions: number): boolean {
  return slot.slices < MAX_SLICES_PER_SLOT && slot.unsettled <= (maxSessions * 3) / 4;
}

/** How much of its share a user holds; a user without a share comes after everybody who has one. */
function fill(held: number, share: number): number {
  return share > 0 ? held / share : Number.MAX_VALUE;
}

function countHeld(slots: readonly SlotView[]): Map<number, number> {
  const held = new Map<number, number>();
  for (const { userId, isLeaving } of slots) if (!isLeaving) held.set(userId, (held.get(userId) ?? 0) + 1);
  return held;
}

/** An idle slot of another user that has no use for it. */
function unusedSlot(view: PoolView, userId: number): SlotView | undefined {
  const busy = new Set(view.users.filter((user) => user.startable > 0).map((user) => user.userId));
  return view.slots.find(
    (slot) =>
      slot.isOpen && !slot.isLeaving && slot.slices === 0 && slot.userId !== userId && !busy.has(slot.userId),
  );
}

/** The slot with most to hand on to places that are idle, of a user that holds less than its share. */
function stalledSlot(view: PoolView, heldBy: (userId: number) => number): SlotView | undefined {
  if (view.freePlaces === 0) return undefined;
  const shares = new Map(view.users.map((user) => [user.userId, user.share]));
  const [most] = view.slots
    .filter((slot) => slot.isStalled && slot.isOpen && !slot.isLeaving && slot.unsettled > view.maxSessions)
    .filter(({ userId }) => heldBy(userId) < (shares.get(userId) ?? 0))
    .toSorted((a, b) => b.unsettled - a.unsettled);
  return most;
}

/** The least loaded slot of the user that holds most beyond its share. */
function surplusSlot(view: PoolView, heldBy: (userId: number) => number): SlotView | undefined {
  const shares = new Map(view.users.map((user) => [user.userId, user.share]));
  const surplus = (slot: SlotView): number => heldBy(slot.userId) - (shares.get(slot.userId) ?? 0);
  const candidates = view.slots.filter((slot) => slot.isOpen && !slot.isLeaving && surplus(slot) >= 1);
  const most = Math.max(...candidates.map(surplus));
  return leastLoaded(candidates.filter((slot) => surplus(slot) === most));
}

function leastLoaded(slots: readonly SlotView[]): SlotView | undefined {
  const [first, ...rest] = slots;
  return first && rest.reduce((least, slot) => (slot.unsettled < least.unsettled ? slot : least), first);
}
