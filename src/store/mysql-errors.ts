// What MySQL's failures mean for us: try the same again, connect again, or stop with a sentence.
// The one place that knows their numbers; whatever it does not know is a bug and rises as it came.

/**
 * `collision`: another transaction was in the way. `lost`: the connection is gone or the server is not ready. `crowded`: it has
 * no place for us. `read-only`: it is no primary, or not any more.
 */
export type Trouble =
  'collision' | 'lost' | 'crowded' | 'read-only' | 'refused' | 'denied' | 'full' | 'schema' | 'unknown';

/** True of what passes by itself and needs a new connection then: a restart, a rush, a failover to another primary. */
export function isWorthWaiting(trouble: Trouble): boolean {
  return trouble === 'lost' || trouble === 'crowded' || trouble === 'read-only';
}

const TROUBLE_BY_NUMBER: Readonly<Record<number, Trouble>> = {
  1205: 'collision', // lock wait timeout
  1213: 'collision', // deadlock, and Galera's failed certification
  1020: 'collision', // record changed since the snapshot (innodb_snapshot_isolation, MariaDB 11)
  1412: 'collision', // the table was altered since the snapshot
  3101: 'collision', // another member of the group was faster (MySQL Group Replication, at commit)

  1047: 'lost', // Galera: this node is not in the cluster for now
  1053: 'lost', // shutting down
  1152: 'lost', // aborted connection
  1158: 'lost', // network read error
  1159: 'lost', // network read timeout
  1160: 'lost', // network write error
  1161: 'lost', // network write timeout
  1317: 'lost', // KILL QUERY
  1927: 'lost', // KILL CONNECTION (MariaDB)
  2006: 'lost', // server has gone away
  2013: 'lost', // lost connection during query
  4031: 'lost', // closed after wait_timeout (MySQL 8)

  1040: 'crowded', // too many connections
  1203: 'crowded', // too many connections of this user
  1226: 'crowded', // the user's max_user_connections, or queries an hour

  1290: 'read-only', // read_only
  1792: 'read-only', // read-only transaction
  1836: 'read-only', // read-only mode

  1044: 'refused', // no right to this database
  1045: 'refused', // wrong user or password
  1049: 'refused', // no such database
  1129: 'refused', // host blocked after many errors
  1130: 'refused', // host not allowed
  1251: 'refused', // authentication method not supported
  1698: 'refused', // access denied without password
  1862: 'refused', // password expired

  1142: 'denied', // no right to this table
  1143: 'denied', // no right to this column
  1227: 'denied', // a privilege is needed

  1021: 'full', // disk full
  1114: 'full', // table full

  1054: 'schema', // unknown column
  1146: 'schema', // no such table
  1176: 'schema', // no such index
};

const LOST_CODES = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'PROTOCOL_PACKETS_OUT_OF_ORDER',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT', // the socket file of a server that is not running
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** Tells what to do about an error that mysql2 threw. */
export function troubleOf(error: unknown): Trouble {
  if (!(error instanceof Error)) return 'unknown';
  const { errno, code, fatal } = error as { errno?: unknown; code?: unknown; fatal?: unknown };
  const known = typeof errno === 'number' ? TROUBLE_BY_NUMBER[errno] : undefined;
  if (known !== undefined) return known;
  if (typeof code === 'string' && LOST_CODES.has(code)) return 'lost';
  return fatal === true ? 'lost' : 'unknown';
}

/** The error in a few words for the operator: its code, and the server's own words without control characters. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  const words = error.message.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 300);
  return typeof code === 'string' && !words.includes(code) ? `${code}: ${words}` : words;
}
