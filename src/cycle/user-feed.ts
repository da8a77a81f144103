// Feeds one user's rows to the pool: claims them, settles what is known locally, lets one of each address go on, looks
// up where each domain's mail goes, and cuts slices by destination. Decides when there is room for more; what a claim,
// a twin, a route or a slice is, it leaves to the store, twins.ts, the router and the pool. Closed when the user's turn
// is over, and opened again.
//
// Invariant: every row claimed is at any time either late (waiting for its route), or was handed to the pool, to twins.ts
// or given back.

import { cutSlices } from '../domain/cut-slices.ts';
import type { CatchAll } from '../domain/catch-all.ts';
import { unlessNeverAsked } from '../domain/destination-policy.ts';
import type { Route } from '../domain/route.ts';
import type { ClaimedRow, ProbeRow } from '../domain/row.ts';
import type { SliceWork } from '../worker/messages.ts';
import { rowsPerClaim } from './plan.ts';

// A domain whose name servers are slow holds up nobody but itself: its rows join a later slice.
const WAIT_FOR_ROUTES_MS = 1_500;

// Nothing of a claim is asked about before all of it is in hand and routed: the first is soon through, and those after it
// grow no faster than workers can be kept busy meanwhile. Large claims have a destination asked in one session.
const ROWS_OF_FIRST_CLAIM = 1_000;
const GROWTH_OF_CLAIMS = 3;

// What waits for destinations at their budgets does not keep workers busy: the next claim comes before half is through.
const LOW_WATER = 3 / 4;

// When whatever a user has in hand is for destinations at their budgets, its feed reads on, since rows behind them may
// start at once. So far that a domain of a hundred thousand rows in front holds up nothing; no further, since each row
// takes some 0.6 kB of memory and its claim is renewed every minute.
const MAX_ROWS_IN_HAND = 100_000;

// Places stand idle for a moment whenever users come and go; reading on at once would take them from whoever is about
// to use them, who would have to ask for them back.
const STARVED_MS = 1_000;

export interface FeedLimits {
  readonly maxRowsPerSlice: number;
  readonly minRowsPerWorker: number;
}

export interface FeedCollaborators {
  claim(limit: number): Promise<readonly ClaimedRow[]>;
  preCheck(row: ClaimedRow): ProbeRow;
  /** Gives those of the rows that go on now; others follow a row of the same address, and come back with its answer. */
  admit(rows: readonly ProbeRow[]): Promise<readonly ProbeRow[]>;
  /** Rows of this user that follow another. */
  rowsFollowing(): number;
  /** Takes the followers back: they wait no more. */
  abandonFollowers(): readonly ProbeRow[];
  /** Rejects where nothing is found out about any domain: then `failed` is told. */
  route(domain: string): Promise<Route>;
  /** Something keeps us from working: the rows stay here until the feed is closed. */
  failed(cause: unknown): void;
  /** False of a destination that is never to be asked. */
  isProbed(destination: string): boolean;
  /** Makes known what the database knows of these domains; called before their rows are handed to the pool. */
  loadFacts(routes: ReadonlyMap<string, Route>): Promise<void>;
  catchAllOf(domain: string): CatchAll | undefined;
  enqueue(slices: readonly SliceWork[]): void;
  /** Takes rows that were not probed and will not be now. */
  giveBack(rows: readonly ProbeRow[]): void;
  /** Rows of this user that wait in the pool. */
  rowsQueued(): number;
  /** Rows of this user that are with workers. */
  rowsInFlight(): number;
  /** True when the pool has room for this user, and nothing of it that may start. */
  isStarved(): boolean;
  /** Milliseconds on a clock. */
  now(): number;
  /** A late route arrived: there is something to enqueue. */
  changed(): void;
}

interface LateRow {
  readonly row: ProbeRow;
  readonly domain: string;
}

export class UserFeed {
  readonly userId: number;
  readonly #limits: FeedLimits;
  readonly #with: FeedCollaborators;
  readonly #routes = new Map<string, Route>();
  readonly #asked = new Set<string>();
  #late: LateRow[] = [];
  #isExhausted = false;
  #isClosed = false;
  #isClaiming = false;
  #rowsOfNextClaim = ROWS_OF_FIRST_CLAIM;
  #starvedSince: number | undefined;

  constructor(userId: number, limits: FeedLimits, collaborators: FeedCollaborators) {
    this.userId = userId;
    this.#limits = limits;
    this.#with = collaborators;
  }

  /** Rows claimed and not settled. */
  get rowsInHand(): number {
    const { rowsFollowing, rowsQueued, rowsInFlight } = this.#with;
    return this.#late.length + rowsFollowing() + rowsQueued() + rowsInFlight();
  }

  /** True when nothing is left to hand out: all that this user has is with workers. */
  get isAllInFlight(): boolean {
    const mayClaim = !this.#isClosed && !this.#isExhausted;
    const waiting = this.#late.length + this.#with.rowsFollowing() + this.#with.rowsQueued();
    return !mayClaim && !this.#isClaiming && waiting === 0;
  }

  /** True when no row will be claimed and every row claimed is settled. */
  get isDone(): boolean {
    return this.isAllInFlight && this.#with.rowsInFlight() === 0;
  }

  /** Rows that are due again, or new: worth another claim. */
  reopen(): void {
    this.#isExhausted = false;
    this.#isClosed = false;
  }

  /** Claims no more, and gives back what waits for its route or another row; so it does with what a claim under way brings. */
  close(): void {
    this.#isClosed = true;
    this.#with.giveBack([...this.#late.map(({ row }) => row), ...this.#with.abandonFollowers()]);
    this.#late = [];
  }

  /** Takes rows that followed another, with their answers. */
  takeUp(rows: readonly ProbeRow[]): void {
    if (this.#isClosed) return this.#with.giveBack(rows);
    this.#add(rows);
    this.#with.changed();
  }

  /** Enqueues what can be probed and, if the pool runs low or starves for this user, claims the next batch first. */
  async refill(workers: number): Promise<void> {
    if (this.#isClaiming || this.#isClosed) return;
    this.#isClaiming = true;
    try {
      const full = rowsPerClaim(workers, this.#limits.maxRowsPerSlice);
      if (!this.#isExhausted && this.#needsRows(full * LOW_WATER))
        await this.#claim(Math.min(full, this.#rowsOfNextClaim));
      if (this.#isClosed) return this.close();
      const routed = this.#routed();
      // Without rows there is no waiting: whoever asks right after the call finds a feed that is done.
      if (routed.size > 0) await this.#with.loadFacts(routed);
      this.#enqueueRouted(routed, workers);
    } finally {
      this.#isClaiming = false;
    }
  }

  #needsRows(low: number): boolean {
    if (this.rowsInHand < low) return true;
    return this.#late.length < low && this.rowsInHand < MAX_ROWS_IN_HAND && this.#isStuck();
  }

  /** True when the pool has starved for a while. */
  #isStuck(): boolean {
    const now = this.#with.now();
    this.#starvedSince = this.#with.isStarved() ? (this.#starvedSince ?? now) : undefined;
    return this.#starvedSince !== undefined && now - this.#starvedSince >= STARVED_MS;
  }

  async #claim(limit: number): Promise<void> {
    this.#starvedSince = undefined;
    const rows = await this.#with.claim(limit);
    this.#rowsOfNextClaim *= GROWTH_OF_CLAIMS;
    this.#isExhausted = rows.length === 0;
    if (this.#isExhausted) this.#with.changed();
    const checked = rows.map((claimed) => this.#with.preCheck(claimed));
    // The DNS takes its time while the database takes its own: nearly all rows go on, and the router remembers.
    for (const domain of domainsOf(checked)) void this.#with.route(domain).catch(() => {}); // told when it is needed
    this.#add(await this.#with.admit(checked));
    await this.#waitForRoutes();
  }

  #add(rows: readonly ProbeRow[]): void {
    for (const row of rows) this.#late.push({ row, domain: domainOf(row) });
  }

  async #waitForRoutes(): Promise<void> {
    const asking = [...domainsOf(this.#late.map(({ row }) => row))].map((domain) => this.#ask(domain));
    await withinMs(Promise.all(asking), WAIT_FOR_ROUTES_MS);
  }

  async #ask(domain: string): Promise<void> {
    if (this.#routes.has(domain) || this.#asked.has(domain)) return;
    this.#asked.add(domain);
    try {
      this.#routes.set(domain, await this.#with.route(domain));
    } catch (cause) {
      this.#with.failed(cause);
    }
    this.#asked.delete(domain);
    this.#with.changed();
  }

  /** The routes of those late rows that have one by now. */
  #routed(): ReadonlyMap<string, Route> {
    const routed = new Map<string, Route>();
    for (const { domain } of this.#late) {
      const route = this.#routes.get(domain);
      if (route !== undefined) routed.set(domain, route);
    }
    return routed;
  }

  #enqueueRouted(routed: ReadonlyMap<string, Route>, workers: number): void {
    const isReady = ({ domain }: LateRow): boolean => domain === '' || routed.has(domain);
    const ready = this.#late.filter(isReady);
    if (ready.length === 0) return;
    this.#late = this.#late.filter((late) => !isReady(late));

    // In order of domains, so that a destination that must be cut is cut between domains: each costs a control recipient.
    const ordered = ready.toSorted((a, b) => (a.domain < b.domain ? -1 : a.domain > b.domain ? 1 : 0));
    const { maxRowsPerSlice, minRowsPerWorker: minRowsPerSlice } = this.#limits;
    const cut = cutSlices(ordered, (late) => this.#destinationOf(late), {
      workers,
      maxRowsPerSlice,
      minRowsPerSlice,
    });
    this.#with.enqueue(cut.map((rows) => this.#slice(rows)));
    // A route is kept no longer than its rows wait here: memory does not grow with the list. The router has its own cache.
    for (const { domain } of ready) this.#routes.delete(domain);
  }

  #destinationOf({ row, domain }: LateRow): string {
    const route = this.#routes.get(domain);
    if (route === undefined) return `row ${row.id}`; // known locally: may stand in any slice
    return route.type === 'hosts' ? route.destination : domain;
  }

  #slice(late: readonly LateRow[]): SliceWork {
    const domains = [...new Set(late.map(({ domain }) => domain))].filter((domain) => domain !== '');
    return {
      rows: late.map(({ row, domain }) =>
        unlessNeverAsked(row, this.#routes.get(domain), (destination) => this.#with.isProbed(destination)),
      ),
      routes: Object.fromEntries(domains.map((domain) => [domain, this.#routes.get(domain)!])),
      catchAll: Object.fromEntries(
        domains.flatMap((domain) => {
          const known = this.#with.catchAllOf(domain);
          return known === undefined ? [] : [[domain, known]];
        }),
      ),
    };
  }
}

function domainsOf(rows: readonly ProbeRow[]): ReadonlySet<string> {
  return new Set(rows.map(domainOf).filter((domain) => domain !== ''));
}

/** Empty where nobody is asked about the row. */
function domainOf({ target }: ProbeRow): string {
  return target.type === 'mailbox' ? target.address.domain : '';
}

async function withinMs(work: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise((resolve) => (timer = setTimeout(resolve, limitMs)))]);
  clearTimeout(timer);
}
