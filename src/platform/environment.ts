// The questions about the process environment that are not settings.

type Environment = Readonly<Record<string, string | undefined>>;

// NODE_EXTRA_CA_CERTS costs each process 55 ms of CPU at its start (Node 20, 2026-11), and NODE_OPTIONS is
// meant for the parent. A worker talks to strangers and needs no key to the database.
const NOT_FOR_WORKERS = new Set([
  'NODE_EXTRA_CA_CERTS',
  'NODE_OPTIONS',
  'DATABASE_URL',
  'DB_USER',
  'DB_PASSWORD',
  'DB_PASSWORD_FILE',
  'SMTP_PROXY', // workers are told of it by their parent
  'SMTP_PROXY_ROUTES',
  'PING_URL',
  'WEBHOOK_URL',
  'WEBHOOK_SECRET',
  'WEBHOOK_SECRET_FILE',
  'DASHBOARD_TOKEN',
]);

/** The environment that workers are started with: ours without what costs them time or is a secret. */
export function workerEnvironment(env: Environment = process.env): Record<string, string> {
  const entries = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !NOT_FOR_WORKERS.has(entry[0]),
  );
  return Object.fromEntries(entries);
}

/** True when what was written to `stream` can be drawn over: on a terminal that knows how. */
export function canRedraw(
  stream: { readonly isTTY?: boolean | undefined },
  env: Environment = process.env,
): boolean {
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

/** True when what is written to `stream` may be coloured: on a terminal, unless NO_COLOR asks not to (no-color.org). */
export function wantsColour(
  stream: { readonly isTTY?: boolean | undefined },
  env: Environment = process.env,
): boolean {
  return canRedraw(stream, env) && (env['NO_COLOR'] ?? '') === '';
}
