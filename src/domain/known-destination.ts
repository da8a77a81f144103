// What is known of a destination from one cycle to the next, as the database holds it: times are seconds from now on its
// clock, so that no clock of ours need agree with it.

import type { Closure } from './destination-state.ts';

export interface KnownDestination {
  readonly destination: string;
  /** Connections at once. */
  readonly limit: number;
  readonly ceiling: { readonly limit: number; readonly secondsLeft: number } | undefined;
  readonly closure: KnownClosure | undefined;
  /** How long ago it said something last. */
  readonly seenSecondsAgo: number;
}

export interface KnownClosure extends Pick<Closure, 'type' | 'said' | 'waitSeconds'> {
  readonly sinceSecondsAgo: number;
  /** Negative when its time is over and it is on trial. */
  readonly secondsLeft: number;
}

/** A destination as a server knows it. */
export interface ServersDestination extends KnownDestination {
  readonly server: string;
}

/** How long it is kept after the last word: a provider that is asked each week has its ceiling still. */
export const KEPT_SECONDS = 7 * 24 * 3600;
