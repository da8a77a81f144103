// What this server knows of the destinations that its workers ask: how many connections each may see now, at what pace,
// and which are closed. Keeps the states, and gives what changed to whoever writes it down; how a state
// moves is domain/destination-state.ts, what each destination is granted domain/destination-policy.ts.

import type { Complaint } from '../domain/complaint.ts';
import type { DestinationPolicies, DestinationPolicy } from '../domain/destination-policy.ts';
import {
  afterAnswers,
  afterComplaint,
  afterSessions,
  connectionsNow,
  isGivenUp,
  unknownDestination,
  type Closure,
  type ClosurePolicy,
  type DestinationState,
} from '../domain/destination-state.ts';
import { freshPace, sessionBegins, sessionsReady, type SessionPace } from '../domain/session-pace.ts';
import { groupBy } from '../domain/group-by.ts';
import type { Result } from '../domain/result.ts';
import type { Route } from '../domain/route.ts';
import type { RowsFor } from './slice-queue.ts';

const MAX_DESTINATIONS = 50_000; // memory must not depend on the length of a list

/** Why a destination is left alone, and for how long. */
export interface Rest extends Pick<Closure, 'type' | 'said'> {
  readonly seconds: number;
  /** Rows have waited for it as long as they may. */
  readonly isGivenUp: boolean;
}

/** What the pool asks of whoever sets the limits. */
export interface DestinationLimits {
  /** How many connections the destination may see from this server now. */
  connectionsFor(destination: string): number;
  /**
   * How many of these rows may start: where sessions have a pace as many as one may ask about; else a place's share of all
   * that wait, so that the last of them do not wait for one connection, but no fewer than a session's.
   */
  rowsFor: RowsFor;
  /** A session begins there. */
  begin(destination: string): void;
  /** Takes note of which domains' mail goes where. */
  meet(routes: Readonly<Record<string, Route>>): void;
  /**
   * Takes note of results, and of sessions that ended as they should, each by its destination; true when some destination
   * may now see more connections than before.
   */
  learn(results: readonly Result[], sessions: readonly string[]): boolean;
  /** Takes note of a complaint, while `open` connections go there. */
  hear(destination: string, complaint: Complaint, open: number): void;
  /** Undefined of a destination that may be asked, if only by one connection. */
  restOf(destination: string): Rest | undefined;
  /** True when some destination is closed. */
  readonly hasRest: boolean;
}

/** A destination's state as it is written down. */
export interface DestinationRecord extends Pick<DestinationState, 'window' | 'closure'> {
  readonly destination: string;
  /** When it said something last. */
  readonly seenAt: number;
}

interface Entry {
  readonly policy: DestinationPolicy;
  state: DestinationState;
  pace: SessionPace;
  domain: string | undefined;
  isShared: boolean;
  seenAt: number | undefined;
}

export interface DestinationsParts {
  readonly policies: DestinationPolicies;
  readonly closures: ClosurePolicy;
  readonly now: () => number;
}

export class Destinations implements DestinationLimits {
  readonly #parts: DestinationsParts;
  readonly #entries = new Map<string, Entry>();
  readonly #closed = new Set<string>();
  readonly #changed = new Set<string>();

  constructor(parts: DestinationsParts, known: readonly DestinationRecord[] = []) {
    this.#parts = parts;
    for (const { destination, window, closure, seenAt } of known) {
      const entry = this.#entryOf(destination);
      const limit = Math.min(window.limit, entry.policy.window.max);
      Object.assign(entry, { state: { window: { ...window, limit }, closure }, seenAt });
      if (closure !== undefined) this.#closed.add(destination);
    }
  }

  get hasRest(): boolean {
    return this.#closed.size > 0;
  }

  connectionsFor(destination: string): number {
    const { state, pace, policy } = this.#entryOf(destination);
    const now = this.#parts.now();
    return sessionsReady(pace, policy, now) < 1 ? 0 : connectionsNow(state, now);
  }

  rowsFor(destination: string, rows: number, waiting: () => number): number {
    const { policy, state } = this.#entryOf(destination);
    const { rcptsPerSession } = policy.manners;
    if (rows <= rcptsPerSession || policy.secondsBetweenSessions > 0) return rcptsPerSession;
    const places = Math.max(connectionsNow(state, this.#parts.now()), 1);
    return Math.max(Math.ceil(waiting() / places), rcptsPerSession);
  }

  begin(destination: string): void {
    const entry = this.#entryOf(destination);
    entry.pace = sessionBegins(entry.pace, entry.policy, this.#parts.now());
  }

  meet(routes: Readonly<Record<string, Route>>): void {
    for (const [domain, route] of Object.entries(routes)) {
      if (route.type !== 'hosts') continue;
      const entry = this.#entryOf(route.destination);
      entry.domain ??= domain;
      entry.isShared ||= entry.domain !== domain;
    }
  }

  learn(results: readonly Result[], sessions: readonly string[]): boolean {
    const lessons = results.filter(({ mx, reason, takenFrom }) => {
      if (mx === undefined || takenFrom !== undefined) return false; // what was said once is learned once
      return reason !== 'rate-limited' && reason !== 'policy-block'; // heard as complaints, and sooner
    });
    const lessonsAt = groupBy(lessons, ({ mx }) => this.#parts.policies.destinationOf(mx!));
    const sessionsAt = groupBy(sessions, (destination) => destination);
    let hasRisen = false;
    for (const destination of new Set([...lessonsAt.keys(), ...sessionsAt.keys()])) {
      const reasons = lessonsAt.get(destination)?.map(({ reason }) => reason) ?? [];
      const held = sessionsAt.get(destination)?.length ?? 0;
      const { state, policy } = this.#entryOf(destination);
      const now = this.#parts.now();
      const answered = afterAnswers(state, reasons, policy.window, now);
      const after = afterSessions(answered, held, policy.window, now);
      hasRisen ||= connectionsNow(after, now) > connectionsNow(state, now);
      this.#move(destination, after);
    }
    return hasRisen;
  }

  hear(destination: string, complaint: Complaint, open: number): void {
    const { state, policy, isShared } = this.#entryOf(destination);
    const now = this.#parts.now();
    const hearing = { now, open, isProvider: policy.provider !== undefined, isShared };
    this.#move(destination, afterComplaint(state, complaint, hearing, this.#parts.closures));
  }

  restOf(destination: string): Rest | undefined {
    if (!this.#closed.has(destination)) return undefined;
    const { state } = this.#entryOf(destination);
    const now = this.#parts.now();
    const { closure } = state;
    if (closure === undefined || now >= closure.until) return undefined;
    const { type, said, until } = closure;
    const isOver = isGivenUp(state, now, this.#parts.closures);
    return { type, said, seconds: (until - now) / 1000, isGivenUp: isOver };
  }

  /** Gives what changed since it was asked last, and is worth to be known by a later cycle. */
  takeChanged(): readonly DestinationRecord[] {
    const changed = [...this.#changed].flatMap((destination) => {
      const { state, seenAt } = this.#entryOf(destination);
      const { window, closure } = state;
      return seenAt === undefined ? [] : [{ destination, window, closure, seenAt }];
    });
    this.#changed.clear();
    return changed;
  }

  #move(destination: string, state: DestinationState): void {
    const entry = this.#entryOf(destination);
    const before = entry.state;
    entry.state = state;
    entry.seenAt = this.#parts.now();
    if (state.closure === undefined) this.#closed.delete(destination);
    else this.#closed.add(destination);
    const hasMoved = before.window.limit !== state.window.limit || before.closure !== state.closure;
    if (hasMoved || entry.policy.provider !== undefined) this.#changed.add(destination);
  }

  #entryOf(destination: string): Entry {
    const known = this.#entries.get(destination);
    if (known !== undefined) return known;
    const policy = this.#parts.policies.of(destination);
    const entry: Entry = {
      policy,
      state: unknownDestination(policy.window),
      pace: freshPace(policy),
      domain: undefined,
      isShared: false,
      seenAt: undefined,
    };
    this.#entries.set(destination, entry);
    if (this.#entries.size > MAX_DESTINATIONS) this.#forgetOne();
    return entry;
  }

  /** The oldest that is not closed; what it had learned is learned again. */
  #forgetOne(): void {
    for (const destination of this.#entries.keys()) {
      if (this.#closed.has(destination)) continue;
      this.#entries.delete(destination);
      this.#changed.delete(destination);
      return;
    }
  }
}
