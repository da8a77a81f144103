// What every measurement of a benchmark has at hand.

import type { Internet } from './internet.ts';
import type { BenchAddress } from './world.ts';

export interface Laboratory {
  /** A folder for whatever a run leaves. */
  readonly root: string;
  /** Of the private MariaDB. */
  readonly socketPath: string;
  readonly internet: Internet;
  readonly addresses: readonly BenchAddress[];
  /** Settings of ours beside what a site needs. */
  readonly settings: Readonly<Record<string, string>>;
}
