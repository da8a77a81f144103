// Finds the heaviest of many things in bounded memory: what weighs least is forgotten when there are too many, and how
// much may have been forgotten of anything is kept, so that whoever asks is told whether the order is certain.

const MAX_KEPT = 20_000;

export interface Heaviest<Item> {
  /** The heaviest first. */
  readonly items: readonly Item[];
  /** False where something may have been forgotten that weighs as much as the last of them. */
  readonly isCertain: boolean;
}

/** What is added up of a thing, beside its weight. */
interface Summed<Sum extends string> {
  weight: number;
  readonly sums: Record<Sum, number>;
}

export class Weighing<Sum extends string> {
  readonly #maxKept: number;
  readonly #things = new Map<string, Summed<Sum>>();
  /** No thing can have lost more than this. */
  #forgotten = 0;

  constructor(maxKept = MAX_KEPT) {
    this.#maxKept = maxKept;
  }

  add(name: string, weight: number, sums: Readonly<Record<Sum, number>>): void {
    const thing = this.#things.get(name);
    if (thing === undefined) {
      this.#things.set(name, { weight, sums: { ...sums } });
      if (this.#things.size > this.#maxKept) this.#forgetLighterHalf();
      return;
    }
    thing.weight += weight;
    for (const sum in sums) thing.sums[sum] += sums[sum];
  }

  /** Gives at most so many. */
  finish(count: number): Heaviest<Readonly<Record<Sum, number>> & { readonly name: string }> {
    const heaviest = this.#inOrder().slice(0, count);
    return {
      items: heaviest.map(([name, { sums }]) => ({ ...sums, name })),
      isCertain: this.#forgotten === 0 || (heaviest.at(-1)?.[1].weight ?? 0) > this.#forgotten,
    };
  }

  #forgetLighterHalf(): void {
    const lighter = this.#inOrder().slice(Math.ceil(this.#maxKept / 2));
    for (const [name] of lighter) this.#things.delete(name);
    this.#forgotten += lighter[0]?.[1].weight ?? 0;
  }

  #inOrder(): (readonly [string, Summed<Sum>])[] {
    return [...this.#things].toSorted(([, a], [, b]) => b.weight - a.weight);
  }
}
