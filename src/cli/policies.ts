// How destinations are dealt with: what the operator wants, where config/providers.json in the folder in which the program
// is started says anything.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DestinationPolicies, type PolicyOverride } from '../domain/destination-policy.ts';

/** Gives the operator's entries; throws CONFIG_INVALID when the file is there and not as it should be. */
export async function loadPolicyOverrides(): Promise<readonly PolicyOverride[]> {
  const path = join(process.cwd(), 'config/providers.json');
  if (!existsSync(path)) return [];
  const { readPolicyOverrides } = await import('../platform/policy-overrides.ts');
  return readPolicyOverrides(path);
}

/** Gives how each destination is dealt with. */
export async function loadPolicies(): Promise<DestinationPolicies> {
  return new DestinationPolicies(await loadPolicyOverrides());
}
