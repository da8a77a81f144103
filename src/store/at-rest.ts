// Tells in one statement that a cycle would find nothing to do: what an idle minute asks of the database, and all
// that it asks. Names every table of ours and the index of emails, so that it fails where the schema is not whole.

import { type OperationalCode, OperationalError } from '../platform/operational-error.ts';
import { BEFORE_ALL_ROWS, type Database } from './queues.ts';
import { LIST_TO_COMPLETE, LIST_TO_COUNT_AGAIN, LISTS_CHECKED_PER_CALL } from './reconcile.ts';
import { SCHEMA_VERSION, versionName } from './schema-changes.ts';
import { PENDING_INDEX, SERVICE_TABLE_NAMES } from './schema-names.ts';
import { isWebhookDue } from './webhooks.ts';

const IS_NOT_READY: ReadonlySet<OperationalCode> = new Set(['SCHEMA_MISSING', 'RIGHTS_MISSING']);
const COUNTED_LISTS = `SELECT list_id, total_emails FROM svc_list WHERE list_id > ${BEFORE_ALL_ROWS} ORDER BY list_id`;

/**
 * True when nothing is pending, nothing was touched and is undecided, no list is open, and no count is doubtful: then
 * release, sweep, reconciliation and survey would all find nothing. False as soon as one of them may find something,
 * and where something of the schema is missing or newer than this program.
 */
export async function isAtRest({ driver, announcesLists }: Database): Promise<boolean> {
  const anything = [
    `emails${driver.dialect.useIndex(PENDING_INDEX)} WHERE domain_processed = 0`,
    'svc_row',
    `csv_list c WHERE ${LIST_TO_COMPLETE}`,
    // As many lists as a cycle looks at; where there are more, it takes cycles to come round.
    `(${COUNTED_LISTS} LIMIT ${LISTS_CHECKED_PER_CALL}) s LEFT JOIN csv_list c ON c.id = s.list_id WHERE ${LIST_TO_COUNT_AGAIN}`,
    `(${COUNTED_LISTS} LIMIT 1 OFFSET ${LISTS_CHECKED_PER_CALL}) more`,
    ...(announcesLists === true ? [`svc_webhook WHERE ${isWebhookDue(driver)}`] : []),
    `svc_meta WHERE name LIKE 'schema_version%' AND value + 0 > ${SCHEMA_VERSION}`,
    ...SERVICE_TABLE_NAMES.map((name) => `${name} WHERE 1 = 0`),
  ];
  try {
    const [found] = await driver.query<{ settings: number; busy: number }>(
      `SELECT (SELECT COUNT(*) FROM svc_meta WHERE name IN ('control_key', '${versionName(SCHEMA_VERSION)}')) AS settings,
         ${anything.map((rows) => `EXISTS (SELECT 1 FROM ${rows})`).join(' OR ')} AS busy`,
    );
    return found?.settings === 2 && found.busy === 0;
  } catch (error) {
    // Whoever looks closer says what is missing: of a table that is not granted it cannot be told from here whether it is there.
    if (error instanceof OperationalError && IS_NOT_READY.has(error.code)) return false;
    throw error;
  }
}
