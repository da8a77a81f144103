// The accounts and domains that the operator excluded from probing. Both tables are optional: not there is empty. An account that
// was not granted one is told the same whether it is there or not, so that much is said and no more.

import { readCatalog } from './catalog.ts';
import type { Driver } from './driver.ts';
import { type ExclusionTable, findHiddenExclusions } from './rights.ts';
import type { Exclusions } from './store.ts';

export async function loadExclusions(driver: Driver): Promise<Exclusions> {
  const hidden = await findHiddenExclusions(driver);
  const { hasTable } = await readCatalog(driver);
  const isThere = (table: ExclusionTable): boolean => hasTable(table) && !hidden.includes(table);
  const accounts = isThere('exclude_accounts')
    ? await driver.query<{ account: string }>('SELECT account FROM exclude_accounts')
    : [];
  const domains = isThere('exclude_domains')
    ? await driver.query<{ domain: string; ip_address: string | null }>(
        'SELECT domain, ip_address FROM exclude_domains',
      )
    : [];
  return {
    hidden,
    accounts: new Set(accounts.map(({ account }) => account.trim().toLowerCase())),
    domains: new Map(
      domains.map(({ domain, ip_address }) => [domain.trim().toLowerCase(), ip_address ?? '']),
    ),
  };
}
