// The accounts and domains that the operator excluded from probing. Both tables are optional: not there is empty.

import { readCatalog } from './catalog.ts';
import type { Driver } from './driver.ts';
import type { Exclusions } from './store.ts';

export async function loadExclusions(driver: Driver): Promise<Exclusions> {
  const { hasTable } = await readCatalog(driver);
  const accounts = hasTable('exclude_accounts')
    ? await driver.query<{ account: string }>('SELECT account FROM exclude_accounts')
    : [];
  const domains = hasTable('exclude_domains')
    ? await driver.query<{ domain: string; ip_address: string | null }>(
        'SELECT domain, ip_address FROM exclude_domains',
      )
    : [];
  return {
    accounts: new Set(accounts.map(({ account }) => account.trim().toLowerCase())),
    domains: new Map(
      domains.map(({ domain, ip_address }) => [domain.trim().toLowerCase(), ip_address ?? '']),
    ),
  };
}
