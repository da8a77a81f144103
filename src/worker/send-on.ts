// Rows that go on to hosts of another destination, as work for whoever gets a place there. The way of a row only gets
// shorter: no host is asked twice, and nobody passes rows back and forth.

import type { ProbeRow } from '../domain/row.ts';
import type { Onward, SliceWork } from './messages.ts';

/**
 * Gives those rows of `work` that go on, with what they bring along, their routes beginning where they go; undefined for rows or
 * routes that `work` does not hold, or that would not go further down a list.
 */
export function sendOn<Work extends SliceWork>(
  work: Work,
  { rows: going, stops }: Pick<Onward, 'rows' | 'stops'>,
): Work | undefined {
  const rows: ProbeRow[] = [];
  const trails = new Map(going.map(({ id, trail }) => [id, trail]));
  const domains = new Set<string>();
  for (const row of work.rows) {
    const trail = trails.get(row.id);
    if (trail === undefined || row.target.type !== 'mailbox') continue;
    rows.push({ ...row, target: { ...row.target, trail } });
    domains.add(row.target.address.domain);
  }
  if (rows.length !== trails.size) return undefined;

  const routes: Record<string, SliceWork['routes'][string]> = {};
  for (const domain of domains) {
    const route = work.routes[domain];
    const stop = stops[domain];
    if (route?.type !== 'hosts' || stop === undefined) return undefined;
    if (stop.startsAt <= (route.startsAt ?? 0) || stop.startsAt >= route.hosts.length) return undefined;
    routes[domain] = { ...route, ...stop };
  }
  const known = Object.entries(work.catchAll).filter(([domain]) => domains.has(domain));
  return { ...work, rows, routes, catchAll: Object.fromEntries(known) };
}

/** Gives what goes on of a slice that one process works off by itself, destination by destination. */
export function sendAllOn<Work extends SliceWork>(work: Work, onward: readonly Onward[]): Work {
  const rows = onward.flatMap((one) => one.rows);
  const stops = Object.fromEntries(onward.flatMap((one) => Object.entries(one.stops)));
  const going = sendOn(work, { rows, stops });
  if (going === undefined) throw new Error('rows go on that were not in hand');
  return going;
}
