// The names of what is ours in the database. Apart from what they stand for (schema.ts), so that a cycle which finds nothing
// to do need not load the whole of the schema in order to ask whether it is there.

/** A pending row is found along this index: detection is a loose scan of it, a claim a range of it. */
export const PENDING_INDEX = 'svc_pending';

/** A definition without its name here does not compile; a test holds that every name has a definition. */
export const SERVICE_TABLE_NAMES = [
  'svc_meta',
  'svc_row',
  'svc_queue',
  'svc_turn',
  'svc_server',
  'svc_pace',
  'svc_list',
  'svc_verdict',
  'svc_domain',
  'svc_pause',
  'svc_destination',
  'svc_import',
  'svc_webhook',
] as const;
