// The connection limits of all destinations on this server: the provider's own figure where it has one, else a window
// that follows how the destination answers. Keeps the windows; how one moves is domain/concurrency-window.ts.

import {
  adjustWindow,
  openWindow,
  type ConcurrencyWindow,
  type WindowBounds,
} from '../domain/concurrency-window.ts';
import { destinationOf, providerOf } from '../domain/providers.ts';
import type { Result } from '../domain/result.ts';
import type { Reason } from '../domain/reason.ts';

// Postfix starts at 5 and caps at 20 for delivery; a probe is less welcome than mail.
const UNKNOWN_DESTINATION: WindowBounds = { start: 2, max: 8 };
const MAX_WINDOWS = 50_000; // memory must not depend on the length of a list

export class DestinationWindows {
  readonly #windows = new Map<string, ConcurrencyWindow>();
  readonly #bounds = new Map<string, WindowBounds>();

  /** How many connections the destination may see from this server now. */
  connectionsFor(destination: string): number {
    return (this.#windows.get(destination) ?? openWindow(this.#boundsOf(destination))).limit;
  }

  /** Moves the windows of the destinations that these results came from. */
  learn(results: readonly Result[]): void {
    const reasons = new Map<string, Reason[]>();
    for (const { mx, reason } of results) {
      if (mx === undefined) continue;
      const destination = destinationOf(mx);
      const known = reasons.get(destination);
      if (known === undefined) reasons.set(destination, [reason]);
      else known.push(reason);
      const provider = providerOf(mx);
      if (provider !== undefined)
        this.#bounds.set(destination, { start: provider.connections, max: provider.connections });
    }
    for (const [destination, seen] of reasons) {
      const bounds = this.#boundsOf(destination);
      this.#windows.set(
        destination,
        adjustWindow(this.#windows.get(destination) ?? openWindow(bounds), seen, bounds),
      );
      if (this.#windows.size > MAX_WINDOWS) this.#windows.delete(this.#windows.keys().next().value!);
    }
  }

  #boundsOf(destination: string): WindowBounds {
    return this.#bounds.get(destination) ?? UNKNOWN_DESTINATION;
  }
}
