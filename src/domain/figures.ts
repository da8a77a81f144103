// What the database tells of the work as a whole, for whoever looks at it: status, why, reports. Read by
// store/figures.ts; what follows from it (speed, shares, when it will be done) is pace.ts and eta.ts.
// Names are as the CRM and remote hosts wrote them: whoever prints them cleans them.

import type { ServersDestination } from './known-destination.ts';
import type { Pause } from './pause.ts';
import type { OutcomeCounts } from './verdict.ts';

/** What a server says of itself: `idle` found nothing due, `ended` came to the end of a cycle. */
export type ServerState = 'working' | 'stopping' | 'idle' | 'ended';

export interface ServerFigures {
  readonly server: string;
  readonly cycleId: string;
  readonly state: ServerState;
  /** When its cycle began, and when it was last heard of: seconds since 1970 on the database's clock. */
  readonly beganAt: number;
  readonly seenAt: number;
  readonly poolSize: number;
  readonly workers: number;
  readonly rowsInHand: number;
}

/** What one server did for one user in a minute, or in a longer stretch. */
export interface PacePart {
  /** Its first second. */
  readonly startsAt: number;
  readonly server: string;
  readonly userId: number;
  /** As they stood when the minute ended; of a longer stretch the most. */
  readonly share: number;
  readonly workers: number;
  readonly rowsInHand: number;
  readonly counts: OutcomeCounts;
}

/** Rows that somebody holds a claim on. */
export interface Held {
  readonly server: string;
  readonly rows: number;
  /** When the claims on them run out, unless they are renewed. */
  readonly until: number;
  readonly isCapped: boolean;
}

/** Rows that wait for their next attempt. */
export interface PutOff {
  readonly rows: number;
  /** True where counting stopped: there are more. */
  readonly isCapped: boolean;
  /** When the first and the last of them is due; undefined without rows. */
  readonly firstDue: number | undefined;
  readonly lastDue: number | undefined;
}

/** What is left of a list, or of a user's rows without one. */
export interface Backlog {
  /** Rows without a verdict: those that wait and those in hand included. */
  readonly pending: number;
  /** `more`: counting stopped at that number. `about`: the list was not counted since it was imported or changed. */
  readonly exactness: 'exact' | 'more' | 'about';
  readonly held: readonly Held[];
  readonly putOff: PutOff;
}

export interface ListFigures extends Backlog {
  readonly listId: number;
  /** The list's, else that of its rows. */
  readonly userId: number | undefined;
  readonly name: string | undefined;
  readonly status: string;
  /** `total_emails`. */
  readonly total: number;
  /** The CRM's counts: `valid_count` and `invalid_count`. */
  readonly valid: number;
  readonly invalid: number;
  readonly unknown: number;
  /** The lowest id of its pending rows: the order of lists and turns. */
  readonly oldestRowId: number | undefined;
}

/** Pending rows of one list that are in the same state, for the same reason. */
export interface RowGroup {
  /** `fresh`: nobody took it yet; `due`: it may be taken again; `ownerless`: nobody's turn ever reaches it. */
  readonly state: 'fresh' | 'due' | 'held' | 'put-off' | 'ownerless';
  /** Of a row that waits, what it was put off for; undefined where nobody was asked about it yet. */
  readonly reason: string | undefined;
  /** Who holds it. */
  readonly server: string | undefined;
  readonly rows: number;
  /** When they are due, or their claims run out; undefined for rows that nobody took. */
  readonly firstDue: number | undefined;
  readonly lastDue: number | undefined;
  /** One of them. */
  readonly exampleId: number;
}

/** A list row by row, as far as it was looked at. */
export interface ListRows {
  readonly list: Omit<ListFigures, 'held' | 'putOff'>;
  readonly groups: readonly RowGroup[];
  /** True where only the rows with the lowest ids were looked at. */
  readonly isSample: boolean;
}

/** A user's rows that are in no list, or in one that csv_list does not have. */
export interface LooseRows extends Backlog {
  readonly userId: number;
}

/** Rows that wait, by list, reason and host. */
export interface WaitingPart {
  readonly userId: number;
  readonly listId: number | undefined;
  readonly reason: string | undefined;
  /** The host that answered last, or did not. */
  readonly mx: string | undefined;
  readonly rows: number;
  readonly firstDue: number;
  readonly lastDue: number;
}

/** Why rows wait: of all of them, or of those that are due first and last. */
export interface Waiting {
  readonly parts: readonly WaitingPart[];
  /** True where more wait than were looked at. */
  readonly isSample: boolean;
}

export interface Figures {
  /** When this was read, on the database's clock. */
  readonly readAt: number;
  /** Whoever was heard of last comes first. */
  readonly servers: readonly ServerFigures[];
  /** Of the last hour, minute by minute. */
  readonly pace: readonly PacePart[];
  /** Lists that are not completed, or have pending rows; the one whose rows are oldest first. */
  readonly lists: readonly ListFigures[];
  /** True where there are more lists than were read. */
  readonly hasMoreLists: boolean;
  readonly loose: readonly LooseRows[];
  /** Pending rows that belong to nobody, so that nobody's turn ever reaches them. */
  readonly ownerless: { readonly rows: number; readonly isCapped: boolean };
  /** User → seconds since some server last worked for it, or since it was first seen waiting. */
  readonly waitedSeconds: ReadonlyMap<number, number>;
  readonly waiting: Waiting;
  /** Destinations that servers leave alone, since these block them or asked for it. */
  readonly closed: readonly ServersDestination[];
  /** What operators have paused, in the order in which it began. */
  readonly pauses: readonly Pause[];
  /** Lists that are being imported: nothing of them is claimed before they are whole. */
  readonly importing: readonly number[];
}
