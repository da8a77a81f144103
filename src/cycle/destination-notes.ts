// Carries what the pool learns of destinations into the next cycle: read once when there is work, written down now and then
// in the background. Turns times on our clock into seconds from now and back; decides nothing.

import type { KnownDestination } from '../domain/known-destination.ts';
import type { Destinations, DestinationRecord } from '../pool/destinations.ts';
import type { Store } from '../store/store.ts';

export interface DestinationNotesParts {
  readonly store: Pick<Store, 'recordDestinations'>;
  readonly server: string;
  readonly destinations: Pick<Destinations, 'takeChanged'>;
  readonly now: () => number;
}

export class DestinationNotes {
  readonly #parts: DestinationNotesParts;

  constructor(parts: DestinationNotesParts) {
    this.#parts = parts;
  }

  /** Writes what changed since it was written last. Rejects as the store does. */
  async write(): Promise<void> {
    const { store, server, destinations, now } = this.#parts;
    const changed = destinations.takeChanged();
    if (changed.length === 0) return;
    const at = now();
    await store.recordDestinations(
      server,
      changed.map((record) => noteOf(record, at)),
    );
  }
}

function noteOf({ destination, window, closure, seenAt }: DestinationRecord, now: number): KnownDestination {
  const { limit, ceiling } = window;
  return {
    destination,
    limit,
    ceiling: ceiling && { limit: ceiling.limit, secondsLeft: (ceiling.until - now) / 1000 },
    closure: closure && {
      type: closure.type,
      said: closure.said,
      waitSeconds: closure.waitSeconds,
      sinceSecondsAgo: (now - closure.since) / 1000,
      secondsLeft: (closure.until - now) / 1000,
    },
    seenSecondsAgo: (now - seenAt) / 1000,
  };
}

/** Gives what the database knows as the pool takes it, on a clock that shows `now`. */
export function recordsOf(known: readonly KnownDestination[], now: number): readonly DestinationRecord[] {
  return known.map(({ destination, limit, ceiling, closure, seenSecondsAgo }) => ({
    destination,
    window: {
      limit,
      credit: 0,
      ceiling: ceiling && { limit: ceiling.limit, until: now + ceiling.secondsLeft * 1000 },
    },
    closure: closure && {
      type: closure.type,
      said: closure.said,
      waitSeconds: closure.waitSeconds,
      since: now - closure.sinceSecondsAgo * 1000,
      until: now + closure.secondsLeft * 1000,
    },
    seenAt: now - seenSecondsAgo * 1000,
  }));
}
