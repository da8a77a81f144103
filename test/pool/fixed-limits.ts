// Limits of destinations that no answer moves.

import type { DestinationLimits } from '../../src/pool/destinations.ts';

export function fixedLimits(connectionsFor: (destination: string) => number): DestinationLimits {
  return {
    connectionsFor,
    rowsFor: () => Infinity,
    begin: () => undefined,
    meet: () => undefined,
    learn: () => false,
    hear: () => undefined,
    restOf: () => undefined,
    hasRest: false,
  };
}
