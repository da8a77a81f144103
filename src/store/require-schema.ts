// Whether the database is ready for this program. Changes nothing: what is missing is made by `migrate` alone.

import { counted } from '../domain/amounts.ts';
import { OperationalError } from '../platform/operational-error.ts';
import type { Store } from './store.ts';

/** Throws SCHEMA_MISSING when something of the schema is missing, SCHEMA_TOO_NEW when a later version made it. */
export async function requireSchema(store: Pick<Store, 'missingSchema' | 'description'>): Promise<void> {
  const missing = await store.missingSchema();
  if (missing.length === 0) return;
  throw new OperationalError(
    'SCHEMA_MISSING',
    `${store.description} is not prepared (${missing.length === 1 ? `${missing[0]} is missing` : `${counted(missing.length, 'thing')} are missing, among them ${missing[0]}`}); nothing was done. ` +
      'Run "smtp-validate-cron migrate" once; "migrate --dry-run" shows what it would do',
    { fields: { missing } },
  );
}
