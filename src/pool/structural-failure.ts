// Decides when workers that die mean something structural: no other will fare better, so none is started any more.
// One that says itself that it cannot go on is proof; of those that die before their first result it takes a few in
// a row, since a single one may have met a row that kills.

import type { WorkerVerdict } from './worker-exit.ts';

const DEATHS_THAT_PROVE = 3;

export class StructuralFailure {
  #earlyDeaths = 0;
  #isProven = false;

  /** True from the first proof on. */
  get isProven(): boolean {
    return this.#isProven;
  }

  /** A result came: workers can work. */
  noteResult(): void {
    this.#earlyDeaths = 0;
  }

  /** Takes note of an end; gives the sentence that proves a structural failure, once. */
  noteEnd({ structural, sentence }: WorkerVerdict): string | undefined {
    if (structural === 'no' || this.#isProven) return undefined;
    this.#earlyDeaths++;
    this.#isProven = structural === 'certain' || this.#earlyDeaths >= DEATHS_THAT_PROVE;
    if (!this.#isProven) return undefined;
    const proof =
      structural === 'certain'
        ? sentence
        : `${DEATHS_THAT_PROVE} workers in a row ended before their first result: ${sentence}`;
    return `${proof}. No more workers are started`;
  }
}
