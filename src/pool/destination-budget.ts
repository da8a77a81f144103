// Places at destinations, for the whole server: how many slices that touch a destination are with workers now.
// A worker opens one connection at a time per destination and slice, so places are connections. How many a
// destination may have is told by the caller, and may change at any time; a place taken is never taken back.

export interface BudgetLimits {
  /** How many connections a destination may see from this server at this moment; 0 while it is left alone. */
  connectionsFor(destination: string): number;
  /** A place there is taken. */
  begin(destination: string): void;
}

export class DestinationBudget {
  readonly #limits: BudgetLimits;
  readonly #taken = new Map<string, number>();

  constructor(limits: BudgetLimits) {
    this.#limits = limits;
  }

  /** Places taken at a destination. */
  taken(destination: string): number {
    return this.#taken.get(destination) ?? 0;
  }

  /** True when the destination has a place left. */
  hasPlace(destination: string): boolean {
    return this.taken(destination) < this.#limits.connectionsFor(destination);
  }

  /** Takes one place at each; the caller has asked whether there is one. */
  take(destinations: Iterable<string>): void {
    for (const destination of destinations) {
      this.#taken.set(destination, this.taken(destination) + 1);
      this.#limits.begin(destination);
    }
  }

  /** Gives one place at each back. Giving back what was not taken is a bug, since it would open one connection too many. */
  free(destinations: Iterable<string>): void {
    for (const destination of destinations) {
      const taken = this.taken(destination);
      if (taken === 0) throw new Error(`no place was taken at ${destination}`);
      if (taken === 1) this.#taken.delete(destination);
      else this.#taken.set(destination, taken - 1);
    }
  }
}
