// The rows of a slice that somebody is to be asked about, by destination and domain: what a job works through, and how those
// of its rows that its hosts left open go on. Pure.

import { formatAddress, type Address } from '../domain/address.ts';
import type { CatchAll } from '../domain/catch-all.ts';
import type { Route } from '../domain/route.ts';
import type { DestinationGroup, OnwardRow } from '../smtp/probe-destination.ts';
import type { Question } from './answers.ts';
import type { Onward, Slice, Stop } from './messages.ts';

type HostsRoute = Extract<Route, { type: 'hosts' }>;

/** What a destination is asked about, by domain. */
export type Domains = ReadonlyMap<string, Domain>;

export interface Domain {
  readonly route: HostsRoute;
  /** By address. */
  readonly questions: Map<string, Question>;
}

export function groupByDestination(slice: Slice): Map<string, Map<string, Domain>> {
  const destinations = new Map<string, Map<string, Domain>>();
  for (const row of slice.rows) {
    if (row.target.type !== 'mailbox') continue;
    const { address } = row.target;
    const route = routeOf(slice, address);
    if (route.type !== 'hosts') continue;
    const domains = entry(destinations, route.destination, () => new Map<string, Domain>());
    const { questions } = entry(domains, address.domain, () => ({ route, questions: new Map() }));
    const known = questions.get(formatAddress(address));
    if (known === undefined) questions.set(formatAddress(address), { address, rows: [row] });
    else known.rows.push(row);
  }
  return destinations;
}

/** Gives the questions, each by the key under which the probe knows it. */
export function questionsOf(domains: Domains): Map<number, Question> {
  const questions = [...domains.values()].flatMap((domain) => [...domain.questions.values()]);
  return new Map(questions.map((question) => [question.rows[0].id, question]));
}

export function idsIn(domains: Domains): number[] {
  return idsOf(questionsOf(domains).values());
}

export function idsOf(questions: Iterable<Question>): number[] {
  return [...questions].flatMap(({ rows }) => rows.map(({ id }) => id));
}

/** What the probe is given of the domains. */
export function groupsOf(
  domains: Domains,
  catchAll: Readonly<Record<string, CatchAll>>,
): readonly DestinationGroup[] {
  return [...domains].map(([domain, { route, questions }]) => ({
    domain,
    hosts: route.hosts,
    startsAt: route.startsAt,
    addresses: [...questions.values()].map(({ address, rows: [first] }) => ({
      key: first.id,
      address,
      trail: first.target.type === 'mailbox' ? first.target.trail : undefined,
    })),
    catchAll: catchAll[domain],
  }));
}

/** Gives what is told of rows that go on: all rows of an address go together. */
export function onwardFrom(
  domains: Domains,
  going: readonly { readonly question: Question; readonly row: OnwardRow }[],
  destinationOf: (host: string) => string,
): Pick<Onward, 'rows' | 'stops'> {
  const stops: Record<string, Stop> = {};
  for (const { question, row } of going) {
    const { domain } = question.address;
    const host = domains.get(domain)?.route.hosts[row.startsAt];
    if (host === undefined) throw new Error(`a row of ${domain} goes on to nowhere`);
    stops[domain] ??= { startsAt: row.startsAt, destination: destinationOf(host.name) };
  }
  const rows = going.flatMap(({ question, row: { trail } }) =>
    question.rows.map(({ id }) => ({ id, trail })),
  );
  return { rows, stops };
}

export function routeOf(slice: Slice, { domain }: Address): Route {
  const route = slice.routes[domain];
  if (route === undefined) throw new Error(`slice ${slice.sliceId} has no route for ${domain}`);
  return route;
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
