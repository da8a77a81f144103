// Figures as the store gives them, for tests of what follows from them: a server at work for user 5, whose list 7 has 100
// rows. Override what the test is about.

import type { Figures, ListFigures, PacePart, ServerFigures, WaitingPart } from '../../src/domain/figures.ts';
import { NO_OUTCOMES } from '../../src/domain/verdict.ts';

export const NOW = 600_030;

export function figuresOf(figures: Partial<Figures> = {}): Figures {
  return {
    readAt: NOW,
    servers: [serverOf()],
    pace: [],
    lists: [listOf()],
    hasMoreLists: false,
    loose: [],
    ownerless: { rows: 0, isCapped: false },
    waitedSeconds: new Map(),
    waiting: { parts: [], isSample: false },
    pauses: [],
    importing: [],
    ...figures,
  };
}

export function serverOf(server: Partial<ServerFigures> = {}): ServerFigures {
  return {
    server: 'alpha',
    cycleId: '20261128T031958123Z-alpha',
    state: 'working',
    beganAt: NOW - 120,
    seenAt: NOW - 3,
    poolSize: 50,
    workers: 50,
    rowsInHand: 40,
    ...server,
  };
}

/** 40 rows decided, 60 pending. */
export function listOf(list: Partial<ListFigures> = {}): ListFigures {
  return {
    listId: 7,
    userId: 5,
    name: 'customers.csv',
    status: 'running',
    total: 100,
    valid: 30,
    invalid: 8,
    unknown: 2,
    pending: 60,
    exactness: 'exact',
    oldestRowId: 41,
    held: [],
    putOff: putOffOf(0),
    ...list,
  };
}

export function putOffOf(rows: number, firstDue = NOW + 300, lastDue = NOW + 900) {
  return rows === 0
    ? { rows, isCapped: false, firstDue: undefined, lastDue: undefined }
    : { rows, isCapped: false, firstDue, lastDue };
}

export function waitingOf(part: Partial<WaitingPart> = {}): WaitingPart {
  return {
    userId: 5,
    listId: 7,
    reason: 'greylisted',
    mx: 'mx.example.com',
    rows: 10,
    firstDue: NOW + 300,
    lastDue: NOW + 900,
    ...part,
  };
}

/** What a user got done in the minute that is now. */
export function minuteOf(
  part: Omit<Partial<PacePart>, 'counts'> & { readonly valid?: number } = {},
): PacePart {
  const { valid = 30, ...rest } = part;
  return {
    startsAt: NOW - 30,
    server: 'alpha',
    userId: 5,
    share: 28,
    workers: 27,
    rowsInHand: 40,
    ...rest,
    counts: { ...NO_OUTCOMES, valid },
  };
}
