// Limits of destinations that no answer moves.

import type { DestinationLimits } from '../../src/pool/destination-windows.ts';

export function fixedLimits(connectionsFor: (destination: string) => number): DestinationLimits {
  return { connectionsFor, learn: () => false };
}
