// Counts what happened over time in few bins, however long the time turns out to be: bins begin a minute wide, and are
// joined into wider ones when there would be too many. So a walk over millions of moments, in any order, needs little
// memory. Each width is a multiple of the one before, so that nothing is ever cut in two.

const WIDTHS = [60, 300, 900, 3_600, 10_800, 43_200, 86_400, 604_800] as const;
/** Kept while counting: more than anybody is shown, so that what is shown can still be chosen. */
const MAX_KEPT = 600;

/** Some stretch of time, and how much of each kind happened in it. */
export interface Bin<Kind extends string> {
  /** Its first second. */
  readonly startsAt: number;
  readonly counts: Readonly<Record<Kind, number>>;
}

export interface Binned<Kind extends string> {
  readonly widthSeconds: number;
  /** Without gaps, from the first moment to the last; empty when there was none. */
  readonly bins: readonly Bin<Kind>[];
}

export class TimeBins<Kind extends string> {
  readonly #kinds: readonly Kind[];
  readonly #offset: number;
  #width: number = WIDTHS[0];
  #bins = new Map<number, Record<Kind, number>>();

  /** `offsetSeconds`: what local time is ahead of UTC by, so that the bins of days begin at midnight. */
  constructor(kinds: readonly Kind[], offsetSeconds = 0) {
    this.#kinds = kinds;
    this.#offset = offsetSeconds;
  }

  add(atSeconds: number, kind: Kind): void {
    this.#binAt(this.#bins, atSeconds)[kind]++;
    if (this.#bins.size > MAX_KEPT) this.#widen();
  }

  /** Gives at most `maxBins` bins, as narrow as that allows. */
  finish(maxBins: number): Binned<Kind> {
    if (this.#bins.size === 0) return { widthSeconds: this.#width, bins: [] };
    while (this.#span().length > maxBins) this.#widen();
    return {
      widthSeconds: this.#width,
      bins: this.#span().map((startsAt) => ({
        startsAt,
        counts: this.#bins.get(startsAt) ?? this.#nothing(),
      })),
    };
  }

  #span(): readonly number[] {
    const starts = [...this.#bins.keys()];
    const first = starts.reduce((a, b) => Math.min(a, b));
    const last = starts.reduce((a, b) => Math.max(a, b));
    return Array.from(
      { length: Math.round((last - first) / this.#width) + 1 },
      (_, index) => first + index * this.#width,
    );
  }

  #widen(): void {
    this.#width = WIDTHS.find((width) => width > this.#width) ?? this.#width * 2;
    const wider = new Map<number, Record<Kind, number>>();
    for (const [startsAt, counts] of this.#bins) {
      const bin = this.#binAt(wider, startsAt);
      for (const kind of this.#kinds) bin[kind] += counts[kind];
    }
    this.#bins = wider;
  }

  #binAt(bins: Map<number, Record<Kind, number>>, atSeconds: number): Record<Kind, number> {
    const startsAt = Math.floor((atSeconds + this.#offset) / this.#width) * this.#width - this.#offset;
    const bin = bins.get(startsAt) ?? this.#nothing();
    bins.set(startsAt, bin);
    return bin;
  }

  #nothing(): Record<Kind, number> {
    return Object.fromEntries(this.#kinds.map((kind) => [kind, 0])) as Record<Kind, number>;
  }
}
