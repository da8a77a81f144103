// The name of a cycle: it stands in claims, logs and batch files, and is the name of a folder.

const MAX_SERVER_NAME = 40;

/** Matches what `cycleId` makes, and nothing that could be a path. */
export const CYCLE_ID = /^(\d{4})(\d{2})(\d{2})T\d{9}Z-[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * Gives `20261124T044412123Z-server1`: sorts by time (UTC, milliseconds), names the server, and is safe as
 * the name of a folder. Characters of the server's name outside `A-Z a-z 0-9 . _ -` become `-`.
 */
export function cycleId(nowMs: number, server: string): string {
  const time = new Date(nowMs).toISOString().replace(/[-:.]/g, '');
  const name = server.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return `${time}-${name.slice(0, MAX_SERVER_NAME) || 'server'}`;
}
