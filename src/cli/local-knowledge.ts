// What is known about addresses without asking anybody: the operator's exclusions, the list of disposable domains that
// comes with the program, and config/disposable-domains.txt in the folder in which it is started.

import { join } from 'node:path';
import type { LocalKnowledge } from '../domain/pre-check.ts';
import { loadDisposableDomains } from '../files/disposable-domains.ts';
import type { Exclusions } from '../store/store.ts';
import { PROGRAM_FOLDER } from './program-files.ts';

const NO_EXCLUSIONS: Exclusions = { accounts: new Set(), domains: new Map(), hidden: [] };

/** Gives the local knowledge; throws CONFIG_INVALID when a list cannot be read. */
export async function loadLocalKnowledge(exclusions: Exclusions = NO_EXCLUSIONS): Promise<LocalKnowledge> {
  return {
    excludedAccounts: exclusions.accounts,
    excludedDomains: exclusions.domains,
    disposableDomains: await loadDisposableDomains(
      join(PROGRAM_FOLDER, 'dist/disposable-domains.txt'),
      join(process.cwd(), 'config/disposable-domains.txt'),
    ),
  };
}
