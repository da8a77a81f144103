import { describe, expect, it } from 'vitest';
import {
  hasRoomFor,
  nextStep,
  placesOwed,
  type PoolView,
  type SlotView,
  type UserView,
} from '../../src/pool/schedule.ts';

function user(userId: number, share: number, startable: number, sociable = startable): UserView {
  return { userId, share, startable, sociable };
}

function slot(number: number, userId: number, over: Partial<SlotView> = {}): SlotView {
  return {
    slot: number,
    userId,
    slices: 1,
    unsettled: 15,
    isOpen: true,
    isLeaving: false,
    isStalled: false,
    ...over,
  };
}

function slots(count: number, userId: number, first: number, over: Partial<SlotView> = {}): SlotView[] {
  return Array.from({ length: count }, (_, index) => slot(first + index, userId, over));
}

function pool(over: Partial<PoolView>): PoolView {
  return {
    users: [],
    slots: [],
    freePlaces: 0,
    idlePlaces: 0,
    startsLeft: over.freePlaces ?? 0,
    maxSessions: 20,
    ...over,
  };
}

describe('nextStep', () => {
  const cases: readonly [string, PoolView, ReturnType<typeof nextStep>][] = [
    ['does nothing when nobody has a slice', pool({ users: [user(1, 4, 0)], freePlaces: 4 }), undefined],
    [
      'starts a worker for a user that has none',
      pool({ users: [user(1, 4, 3)], freePlaces: 4 }),
      { type: 'engage', userId: 1 },
    ],
    [
      'serves the user furthest below its share first',
      pool({
        users: [user(1, 28, 9), user(2, 22, 9)],
        slots: [...slots(14, 1, 1, { unsettled: 16 }), ...slots(5, 2, 15, { unsettled: 16 })],
        freePlaces: 1,
      }),
      { type: 'engage', userId: 2 },
    ],
    [
      'serves the earlier user when both are equally far below',
      pool({ users: [user(7, 5, 1), user(3, 5, 1)], freePlaces: 2 }),
      { type: 'engage', userId: 7 },
    ],
    [
      'passes over a user whose destinations are all busy',
      pool({
        users: [user(1, 5, 0), user(2, 5, 1)],
        slots: slots(5, 2, 1, { unsettled: 16 }),
        freePlaces: 2,
      }),
      { type: 'engage', userId: 2 },
    ],
    [
      'gives a user places beyond its share when nobody else has a use for them',
      pool({ users: [user(1, 2, 6)], slots: slots(2, 1, 1, { unsettled: 16 }), freePlaces: 1 }),
      { type: 'engage', userId: 1 },
    ],
    [
      'starts no process while a worker at work has sessions to spare',
      pool({ users: [user(1, 4, 6)], slots: [slot(1, 1), slot(2, 1, { unsettled: 3 })], freePlaces: 2 }),
      { type: 'give', userId: 1, slot: 2 },
    ],
    [
      'takes a process that is idle, whatever others have to spare',
      pool({ users: [user(1, 4, 6)], slots: [slot(1, 1)], freePlaces: 2, idlePlaces: 1 }),
      { type: 'engage', userId: 1 },
    ],
    [
      'starts one for a user that is owed a place and has none, whatever is on its way for others',
      pool({
        users: [user(1, 5, 1), user(2, 5, 1)],
        slots: [slot(1, 1, { unsettled: 128 })],
        freePlaces: 8,
        startsLeft: 0,
      }),
      { type: 'engage', userId: 2 },
    ],
    [
      'starts no further process while as many as may are on their way',
      pool({
        users: [user(1, 4, 6)],
        slots: slots(2, 1, 1, { isOpen: false }),
        freePlaces: 2,
        startsLeft: 0,
      }),
      undefined,
    ],
    [
      'starts a process for what must be alone, whatever others have to spare',
      pool({ users: [user(1, 4, 1, 0)], slots: [slot(1, 1)], freePlaces: 2 }),
      { type: 'engage', userId: 1 },
    ],
    [
      "takes the user's own idle slot before a free place",
      pool({
        users: [user(1, 4, 2)],
        slots: [slot(1, 1), slot(2, 1, { slices: 0, unsettled: 0 })],
        freePlaces: 2,
      }),
      { type: 'give', userId: 1, slot: 2 },
    ],
    [
      'gives a further slice to the least loaded slot when there is no place',
      pool({ users: [user(1, 2, 2)], slots: [slot(1, 1, { unsettled: 9 }), slot(2, 1, { unsettled: 4 })] }),
      { type: 'give', userId: 1, slot: 2 },
    ],
    [
      'gives no further slice to a slot with more than three quarters of its sessions busy',
      pool({ users: [user(1, 2, 2)], slots: slots(2, 1, 1, { unsettled: 16 }) }),
      undefined,
    ],
    [
      'gives no further slice to a slot that holds thirty-two',
      pool({ users: [user(1, 1, 2)], slots: [slot(1, 1, { slices: 32, unsettled: 3 })] }),
      undefined,
    ],
    [
      'keeps slices that must be alone for a slot of their own',
      pool({ users: [user(1, 1, 2, 0)], slots: [slot(1, 1, { unsettled: 0 })] }),
      undefined,
    ],
    [
      'gives nothing to a slot that is not open',
      pool({ users: [user(1, 1, 2)], slots: [slot(1, 1, { isOpen: false, unsettled: 0 })] }),
      undefined,
    ],
    [
      'takes back a place from the user that holds most beyond its share, where least is in hand',
      pool({
        users: [user(1, 2, 5), user(2, 1, 5), user(3, 2, 5)],
        slots: [
          slot(1, 1, { unsettled: 9 }),
          slot(2, 1),
          slot(3, 1, { unsettled: 3 }),
          slot(4, 1),
          slot(5, 2),
        ],
      }),
      { type: 'reclaim', slot: 3 },
    ],
    [
      'takes back an idle place that its user has no use for before one in use',
      pool({
        users: [user(1, 2, 5), user(2, 2, 0), user(3, 2, 5)],
        slots: [...slots(4, 1, 1), slot(5, 2), slot(6, 2, { slices: 0, unsettled: 0 })],
      }),
      { type: 'reclaim', slot: 6 },
    ],
    [
      'takes back no more places than are owed, and no more than there are slices for',
      pool({
        users: [user(1, 2, 5), user(3, 2, 1)],
        slots: [...slots(3, 1, 1, { unsettled: 16 }), slot(4, 1, { isLeaving: true })],
      }),
      undefined,
    ],
    [
      'lets a user at its share wait while others keep within theirs',
      pool({
        users: [user(1, 2, 5), user(2, 2, 0)],
        slots: [...slots(2, 1, 1, { unsettled: 16 }), ...slots(2, 2, 3)],
      }),
      undefined,
    ],
    [
      'hands an unused place to a user that has more than it can start, even beyond its share',
      pool({
        users: [user(1, 2, 5), user(2, 2, 0)],
        slots: [...slots(2, 1, 1, { unsettled: 16 }), slot(3, 2), slot(4, 2, { slices: 0, unsettled: 0 })],
      }),
      { type: 'reclaim', slot: 4 },
    ],
    [
      'takes the place of a user without a share for one who is owed it',
      pool({ users: [user(1, 0, 3), user(2, 2, 3)], slots: slots(2, 1, 1, { unsettled: 16 }) }),
      { type: 'reclaim', slot: 1 },
    ],
    [
      'keeps slices for a place that is on its way instead of crowding a slot',
      pool({
        users: [user(1, 2, 1), user(2, 1, 0)],
        slots: [slot(1, 1, { unsettled: 1 }), slot(2, 2, { isLeaving: true })],
      }),
      undefined,
    ],
    [
      'relieves the slot with most to hand on when places are idle and it has stalled',
      pool({
        users: [user(1, 4, 0)],
        slots: [
          slot(1, 1, { unsettled: 21, isStalled: true }),
          slot(2, 1, { unsettled: 30, isStalled: true }),
          slot(3, 1, { unsettled: 40 }),
        ],
        freePlaces: 1,
      }),
      { type: 'relieve', slot: 2 },
    ],
    [
      'relieves nobody whose sessions have all begun',
      pool({
        users: [user(1, 4, 0)],
        slots: [slot(1, 1, { unsettled: 20, isStalled: true })],
        freePlaces: 3,
      }),
      undefined,
    ],
    [
      'relieves nobody beyond its share: more workers are not worth their while',
      pool({
        users: [user(1, 1, 0)],
        slots: [slot(1, 1, { unsettled: 30, isStalled: true })],
        freePlaces: 3,
      }),
      undefined,
    ],
    [
      'relieves nobody while no place is idle',
      pool({ users: [user(1, 4, 0)], slots: [slot(1, 1, { unsettled: 30, isStalled: true })] }),
      undefined,
    ],
  ];

  it.each(cases)('%s', (_name, view, step) => {
    expect(nextStep(view)).toEqual(step);
  });

  it('divides a pool that is free as the shares say, one step at a time', () => {
    const users = [user(1, 28, 50), user(2, 22, 50)];
    const taken: SlotView[] = [];

    for (let free = 50; free > 0; free--) {
      const step = nextStep(pool({ users, slots: taken, freePlaces: free }));
      if (step?.type === 'engage') taken.push(slot(taken.length + 1, step.userId, { unsettled: 20 }));
    }

    const held = (userId: number) => taken.filter((view) => view.userId === userId).length;
    expect([held(1), held(2)]).toEqual([28, 22]);
  });
});

describe('hasRoomFor', () => {
  it.each([
    ['a place is free', pool({ freePlaces: 1 }), true],
    ['a slot of its own has sessions to spare', pool({ slots: [slot(1, 1, { unsettled: 3 })] }), true],
    ['only slots of others have', pool({ slots: [slot(1, 2, { unsettled: 3 })] }), false],
    ['its own slot is busy', pool({ slots: [slot(1, 1, { unsettled: 16 })] }), false],
    ['its own slot leaves', pool({ slots: [slot(1, 1, { unsettled: 3, isLeaving: true })] }), false],
  ])('when %s', (_name, view, hasRoom) => {
    expect(hasRoomFor(view, 1)).toBe(hasRoom);
  });
});

describe('placesOwed', () => {
  it.each([
    { share: 5, held: 2, freePlaces: 9, owed: 3 },
    { share: 5, held: 2, freePlaces: 1, owed: 1 },
    { share: 2, held: 3, freePlaces: 4, owed: 0 },
  ])('is $owed of $freePlaces free places with $held of $share', ({ share, held, freePlaces, owed }) => {
    expect(placesOwed(pool({ users: [user(1, share, 0)], slots: slots(held, 1, 1), freePlaces }), 1)).toBe(
      owed,
    );
  });
});
