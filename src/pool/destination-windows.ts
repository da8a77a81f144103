// The connection limits of all destinations on this server: the provider's own figure where it has one, else a window
// that follows how the destination answers. Keeps the windows; how one moves is domain/concurrency-window.ts.

import {
  adjustWindow,
  openWindow,
  type ConcurrencyWindow,
  type WindowBounds,
} from '../domain/concurrency-window.ts';
import { connectionsBorneBy, destinationOf } from '../domain/providers.ts';
import type { Reason } from '../domain/reason.ts';
import type { Result } from '../domain/result.ts';

// Postfix starts at 5 and caps at 20 for delivery; a probe is less welcome than mail.
export const UNKNOWN_DESTINATION: WindowBounds = { start: 2, max: 8 };
const MAX_WINDOWS = 50_000; // memory must not depend on the length of a list

/** What the pool asks of whoever sets the limits. */
export interface DestinationLimits {
  /** How many connections the destination may see from this server now. */
  connectionsFor(destination: string): number;
  /** Takes note of results; true when some destination may now see more connections than before. */
  learn(results: readonly Result[]): boolean;
}

export class DestinationWindows implements DestinationLimits {
  readonly #windows = new Map<string, ConcurrencyWindow>();

  connectionsFor(destination: string): number {
    return this.#windowOf(destination).limit;
  }

  /** Moves the windows of the destinations that these results came from. */
  learn(results: readonly Result[]): boolean {
    const reasonsAt = new Map<string, Reason[]>();
    for (const { mx, reason, takenFrom } of results) {
      if (mx === undefined || takenFrom !== undefined) continue; // what was said once is learned once
      const destination = destinationOf(mx);
      const known = reasonsAt.get(destination);
      if (known === undefined) reasonsAt.set(destination, [reason]);
      else known.push(reason);
    }
    let hasRisen = false;
    for (const [destination, reasons] of reasonsAt) {
      const before = this.#windowOf(destination);
      const after = adjustWindow(before, reasons, boundsOf(destination));
      hasRisen ||= after.limit > before.limit;
      this.#windows.set(destination, after);
      if (this.#windows.size > MAX_WINDOWS) this.#windows.delete(this.#windows.keys().next().value!);
    }
    return hasRisen;
  }

  #windowOf(destination: string): ConcurrencyWindow {
    return this.#windows.get(destination) ?? openWindow(boundsOf(destination));
  }
}

// A provider's figure is what it bears, not where to start: the window never opens beyond it.
function boundsOf(destination: string): WindowBounds {
  const borne = connectionsBorneBy(destination);
  return borne === undefined ? UNKNOWN_DESTINATION : { start: borne, max: borne };
}
