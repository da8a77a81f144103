// Whether the database is ready for this program. Changes nothing: what is missing is made by `migrate` alone.

import { counted } from '../domain/amounts.ts';
import { OperationalError } from '../platform/operational-error.ts';
import type { Store } from './store.ts';

// A table that was granted to nobody does not show.
const GRANTS =
  '. Where each table is granted by itself, grant the new ones then (deploy/grants.sql); where that was done, they are hidden from this account until it is granted them';

/**
 * Throws SCHEMA_MISSING when something of the schema is missing, SCHEMA_TOO_NEW when a later version made it, RIGHTS_MISSING
 * when only this account does not see it.
 */
export async function requireSchema(store: Pick<Store, 'missingSchema' | 'description'>): Promise<void> {
  const missing = await store.missingSchema();
  if (missing.length === 0) return;
  const isTableMissing = missing.some((thing) => thing.startsWith('table svc_'));
  throw new OperationalError(
    'SCHEMA_MISSING',
    `${store.description} is not prepared (${missing.length === 1 ? `${missing[0]} is missing` : `${counted(missing.length, 'thing')} are missing, among them ${missing[0]}`}); nothing was done. ` +
      `Run "smtp-validate-cron migrate" once; "migrate --dry-run" shows what it would do${isTableMissing ? GRANTS : ''}`,
    { fields: { missing } },
  );
}
