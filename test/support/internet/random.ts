// Chance that repeats itself: the same seed gives the same draws on every machine.

export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [0, below). */
  below(below: number): number;
  pick<T>(items: readonly T[]): T;
  /** One key, each as probable as its weight. */
  weighted<T extends string>(weights: Readonly<Record<T, number>>): T;
  shuffle<T>(items: readonly T[]): T[];
}

/** mulberry32: small, fast, and good enough to deal addresses to domains. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    pick: (items) => items[below(items.length)]!,
    weighted: (weights) => {
      const entries = Object.entries<number>(weights) as [keyof typeof weights, number][];
      let point = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      return (entries.find(([, weight]) => (point -= weight) < 0) ?? entries.at(-1)!)[0];
    },
    shuffle: (items) => {
      const shuffled = [...items];
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
      }
      return shuffled;
    },
  };
}

/**
 * Deals `count` things to `ranks` places by Zipf's law, one at least to each place as long as there are enough:
 * place k gets a share proportional to 1 / k^skew. Gives how many each place got.
 */
export function dealByRank(count: number, ranks: number, skew: number, random: Random): number[] {
  const dealt = Array.from({ length: ranks }, (_, rank) => (rank < count ? 1 : 0));
  const bounds: number[] = [];
  let total = 0;
  for (let rank = 1; rank <= ranks; rank++) bounds.push((total += rank ** -skew));
  for (let rest = count - ranks; rest > 0; rest--) dealt[placeOf(bounds, random.next() * total)]!++;
  return dealt;
}

// The first place whose bound lies above the point.
function placeOf(bounds: readonly number[], point: number): number {
  let [low, high] = [0, bounds.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bounds[middle]! > point) high = middle;
    else low = middle + 1;
  }
  return low;
}
