// Sees to it that an address is asked about once, in however many rows of this server's users it stands at the same
// time. The first row of an address leads: it goes on to the pool. The others follow: they wait here, and get their own
// results from its answer. Before it goes on, the database is asked whether there is an answer already, or whether
// another server is about to get one; a row is then settled, or put off. What becomes of a row is domain/twins.ts.
//
// Invariants: a row given to admit() is given back by it, once, or put off, or it follows; a follower is taken up, or
// withdrawn with its lead, or abandoned, once. No two servers ask about an address at once: each looks after its own claim
// stands, so of two at least one sees the other's, and whoever sees it puts its own row off.

import { formatAddress } from '../domain/address.ts';
import type { Result } from '../domain/result.ts';
import type { ProbeRow } from '../domain/row.ts';
import { dealWith, takeAwaited, takeKnown } from '../domain/twins.ts';
import type { Claimant, FoundTwins, ReuseLimits, Store } from '../store/store.ts';

// About as long as a slice takes. Scattered, so that two servers that saw each other's claims do not meet again.
const PUT_OFF_SECONDS = 20;
const PUT_OFF_SCATTER_SECONDS = 20;

const NONE_FOUND: FoundTwins = { twins: new Map(), askedAt: new Map() };

/** Whose answers count for whose rows, and for how long. */
export interface SharingPolicy {
  /** False: rows of different users are none of each other's business. */
  readonly isShared: boolean;
  readonly reuse: ReuseLimits;
  readonly retryDelaysSeconds: readonly number[];
}

export interface TwinsParts {
  readonly store: Pick<Store, 'findTwins'>;
  readonly claimant: Claimant;
  readonly sharing: SharingPolicy;
  /** 0 to 1. */
  readonly random: () => number;
  /** Takes followers back whose answer is known now. */
  takeUp(userId: number, rows: readonly ProbeRow[]): void;
  /** Takes rows that are not to be probed now: due again at once, or later. */
  giveBack(rows: readonly ProbeRow[], dueInSeconds: number): void;
}

interface Follower {
  readonly userId: number;
  readonly row: ProbeRow;
}

interface Lead {
  readonly key: string;
  readonly row: ProbeRow;
  followers: Follower[];
}

export class Twins {
  readonly #parts: TwinsParts;
  readonly #byAddress = new Map<string, Lead>();
  readonly #byRow = new Map<number, Lead>();
  /** Followers by user. */
  readonly #waiting = new Map<number, number>();

  constructor(parts: TwinsParts) {
    this.#parts = parts;
  }

  /** Rows of a user that wait for the answer of another row. */
  waitingOf(userId: number): number {
    return this.#waiting.get(userId) ?? 0;
  }

  /** Gives those of the rows that go on now: to be asked about, or with their answer. */
  async admit(userId: number, rows: readonly ProbeRow[]): Promise<readonly ProbeRow[]> {
    const leads = rows.filter((row) => this.#leads(userId, row));
    const goOn = rows.filter(({ target }) => target.type !== 'mailbox');
    let found: FoundTwins;
    try {
      found = await this.#find(userId, leads);
    } catch (cause) {
      this.#parts.giveBack([...goOn, ...this.withdraw(leads)], 0);
      throw cause;
    }
    const putOff: ProbeRow[] = [];
    for (const row of leads) {
      const twins = found.twins.get(row.id);
      const dealing =
        twins === undefined ? ({ type: 'ask' } as const) : dealWith(found.askedAt.get(row.id), twins);
      if (dealing.type === 'put-off') putOff.push(...this.withdraw([row]));
      if (dealing.type === 'ask') goOn.push(row);
      if (dealing.type !== 'take') continue;
      goOn.push(known(row, takeKnown(row, dealing.twin)));
      this.#answer(row.id, (follower) => takeKnown(follower, dealing.twin));
    }
    if (putOff.length > 0)
      this.#parts.giveBack(putOff, PUT_OFF_SECONDS + PUT_OFF_SCATTER_SECONDS * this.#parts.random());
    return goOn;
  }

  /**
   * Hands the answers of leads on to their followers. Only when they are in the database: so a row that comes too late to
   * follow finds them there.
   */
  settle(results: readonly Result[]): void {
    const { sharing, random } = this.#parts;
    for (const result of results)
      this.#answer(result.id, (row) => takeAwaited(row, result, sharing.retryDelaysSeconds, random()));
  }

  /** Gives these rows, which will not be asked about now, and those that follow them. */
  withdraw(rows: readonly ProbeRow[]): ProbeRow[] {
    return rows.flatMap((row) => [row, ...this.#dismiss(row.id).map((follower) => follower.row)]);
  }

  /** Gives the rows of a user that follow; they wait no more. */
  abandon(userId: number): readonly ProbeRow[] {
    if (this.waitingOf(userId) === 0) return [];
    const abandoned: ProbeRow[] = [];
    for (const lead of this.#byRow.values()) {
      for (const follower of lead.followers) if (follower.userId === userId) abandoned.push(follower.row);
      lead.followers = lead.followers.filter((follower) => follower.userId !== userId);
    }
    this.#waiting.delete(userId);
    return abandoned;
  }

  // Where no verdict is good enough for another row, there is no use in waiting for another server's either.
  async #find(userId: number, rows: readonly ProbeRow[]): Promise<FoundTwins> {
    const { store, claimant, sharing } = this.#parts;
    const { isShared, reuse } = sharing;
    if (rows.length === 0 || reuse.validSeconds + reuse.invalidSeconds === 0) return NONE_FOUND;
    return store.findTwins({ rows, ownerId: isShared ? undefined : userId, claimant, reuse });
  }

  /** True when the row is the first of its address; otherwise it follows whichever is. */
  #leads(userId: number, row: ProbeRow): boolean {
    if (row.target.type !== 'mailbox') return false;
    const address = formatAddress(row.target.address);
    const key = this.#parts.sharing.isShared ? address : `${userId} ${address}`;
    const lead = this.#byAddress.get(key);
    if (lead === undefined) {
      const first = { key, row, followers: [] };
      this.#byAddress.set(key, first);
      this.#byRow.set(row.id, first);
      return true;
    }
    lead.followers.push({ userId, row });
    this.#waiting.set(userId, this.waitingOf(userId) + 1);
    return false;
  }

  #answer(rowId: number, resultOf: (row: ProbeRow) => Result): void {
    const settled = new Map<number, ProbeRow[]>();
    for (const { userId, row } of this.#dismiss(rowId)) {
      const rows = settled.get(userId);
      const answered = known(row, resultOf(row));
      if (rows === undefined) settled.set(userId, [answered]);
      else rows.push(answered);
    }
    for (const [userId, rows] of settled) this.#parts.takeUp(userId, rows);
  }

  /** Ends the lead of a row, where it has one; gives its followers, which wait no more. */
  #dismiss(rowId: number): readonly Follower[] {
    const lead = this.#byRow.get(rowId);
    if (lead === undefined) return [];
    this.#byRow.delete(rowId);
    this.#byAddress.delete(lead.key);
    for (const { userId } of lead.followers) {
      const left = this.waitingOf(userId) - 1;
      if (left > 0) this.#waiting.set(userId, left);
      else this.#waiting.delete(userId);
    }
    return lead.followers;
  }
}

function known(row: ProbeRow, result: Result): ProbeRow {
  return { ...row, target: { type: 'known', result } };
}
