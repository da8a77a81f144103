// A cycle that lasts long enough to be interrupted, and whose outcome says whether anything was lost by it.

import { makeWorld, type World } from '../support/internet/world.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Installation, Started } from './installation.ts';
import { decided } from './outcome.ts';

/** Plain domains with hosts of their own: no address is asked about twice for any good reason but greylisting. */
export function calmWorld(addresses: number): World {
  return makeWorld({ seed: 3, domains: 40, hosting: 'own', lists: [{ userId: 5, addresses }] });
}

/** Starts a cycle and waits until it has something to lose. */
export async function working(
  installation: Installation,
  environment: Record<string, string> = {},
): Promise<Started> {
  const started = installation.start([], environment);
  await waitFor(
    async () => (await decided(installation)) > 0,
    'the first verdict is in the database',
    20_000,
  );
  return started;
}
