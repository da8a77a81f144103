// Finds out which hosts take the mail of a domain (RFC 5321 §5.1), and remembers it: one MX question a domain, one address
// question a host. Their addresses are host-addresses.ts, the DNS itself dns-client.ts; what to do about a
// domain without hosts is domain/classify.ts.

import { DestinationPolicies } from '../domain/destination-policy.ts';
import type { MxRecord } from 'node:dns';
import { isIP } from 'node:net';
import type { Failure, FailureObservation } from '../domain/observation.ts';
import type { MxHost, Route } from '../domain/route.ts';
import { DnsClient, type DnsOptions } from './dns-client.ts';
import {
  dnsFailure,
  findAddresses,
  isAddressList,
  isUsableName,
  MAX_CNAMES,
  withoutDot,
  type Addresses,
  type AddressOptions,
} from './host-addresses.ts';
import { PromiseCache } from './promise-cache.ts';

export interface RouterOptions extends DnsOptions, AddressOptions {
  /** In [0, 1): puts hosts of equal preference in order. */
  readonly random: () => number;
  /** The destination that a host belongs to; by the table of providers where nothing is said. */
  readonly destinationOf?: ((host: string) => string) | undefined;
  /** How long a DNS that did not answer is believed: `troubleMsFor`. */
  readonly troubleMs: number;
}

/** Hosts kept of a domain with many, from the first that can be dialled on. */
const MAX_HOSTS = 20;
/** Hosts of which the addresses are looked up in search of that first one. */
const MAX_HOSTS_LOOKED_UP = 100;
/** Hosts that the DNS may leave unanswered in that search, and how long it may take: the rows are tried again anyway. */
const MAX_UNANSWERED = 5;
const MAX_SEARCH_MS = 20_000;

/** At the most, however long rows wait for their next attempt. */
const MAX_TROUBLE_MS = 60_000;
/** The database counts in whole seconds: a row may be due one early. */
const CLOCK_SECONDS = 1;

/** Gives how long a DNS that did not answer is believed where rows wait by `schedule` (seconds): never until the next attempt. */
export function troubleMsFor(schedule: readonly number[]): number {
  return Math.min(MAX_TROUBLE_MS, Math.max(0, Math.min(...schedule) - CLOCK_SECONDS) * 1000);
}

export class Router {
  readonly #dns: DnsClient;
  readonly #options: RouterOptions;
  readonly #destinationOf: (host: string) => string;
  readonly #routes: PromiseCache<Route>;
  readonly #addresses: PromiseCache<Addresses>;

  constructor(options: RouterOptions) {
    this.#options = options;
    const policies = new DestinationPolicies();
    this.#destinationOf = options.destinationOf ?? ((host) => policies.destinationOf(host));
    this.#dns = new DnsClient(options);
    const { troubleMs } = options;
    this.#routes = new PromiseCache((route) => route.type === 'none' && isTrouble(route.observed), troubleMs);
    this.#addresses = new PromiseCache((answer) => !isAddressList(answer) && isTrouble(answer), troubleMs);
  }

  /** Questions put to the DNS so far. */
  get questions(): number {
    return this.#dns.questions;
  }

  /**
   * Gives the hosts for a domain (lower case, A-labels), or the observation that there are none. Never rejects.
   *
   * Hosts come in order of preference, equal ones shuffled, and begin with one whose addresses are known; the
   * addresses of those behind it are looked up when their turn comes. Without MX records the domain is its
   * own host. A DNS that does not answer is `dns-failure`, and is asked again soon; all else stands.
   */
  route(domain: string): Promise<Route> {
    return this.#routes.get(domain, () => this.#findRoute(domain, MAX_CNAMES));
  }

  /** Gives the same by asking the DNS now, whatever it answered before. Never rejects. */
  routeAnew(domain: string): Promise<Route> {
    return this.#findRoute(domain, MAX_CNAMES);
  }

  /** Gives the addresses of a host that may be dialled, of the wanted family, or why there are none. Never rejects. */
  addressesOf(host: string): Promise<Addresses> {
    return this.#addresses.get(host, () => findAddresses(this.#dns, host, this.#options));
  }

  /** Gives up all questions: they end as `dns-failure`. */
  close(): void {
    this.#dns.close();
  }

  async #findRoute(domain: string, cnamesLeft: number): Promise<Route> {
    const answer = await this.#dns.ask(domain, 'MX');
    switch (answer.type) {
      case 'records':
        return this.#routeByRecords(answer.records);
      case 'no-record':
        return this.#routeWithoutRecords(domain);
      case 'other-records':
        return this.#routeByAlias(domain, cnamesLeft);
      case 'no-name':
        return none('no-such-domain', 'NXDOMAIN');
      case 'failed':
        return none('dns-failure', answer.word);
    }
  }

  async #routeByRecords(records: readonly [MxRecord, ...MxRecord[]]): Promise<Route> {
    // RFC 7505 §3: null MX is one record only; beside others `.` is a mistake.
    if (records.length === 1 && nameOf(records[0]) === '') return none('null-mx');
    const names = this.#inOrder(records);
    if (names.length > 0) return this.#routeThrough(names);
    const named = records.map(nameOf).filter((name) => name !== '');
    const odd = named.find((name) => isIP(name) === 0);
    // We would not say such a name; that its records do not exist nobody has told us.
    if (odd !== undefined) return none('unreachable', `"${odd}" is no host name`);
    const [ip] = named; // RFC 5321 §5.1: an MX record names a host, and no address
    return none('no-mail-host', ip === undefined ? 'null MX, several times' : `${ip} is an IP address`);
  }

  // RFC 5321 §5.1: the implicit MX.
  async #routeWithoutRecords(domain: string): Promise<Route> {
    const [doubt, route] = await Promise.all([
      this.#dns.doubtAbout(domain, 'MX'),
      this.#routeThrough([domain]),
    ]);
    return doubt === undefined ? route : none('dns-failure', doubt);
  }

  // RFC 5321 §5.1: the name that a CNAME leads to is processed as if it were the first.
  async #routeByAlias(domain: string, cnamesLeft: number): Promise<Route> {
    const answer = await this.#dns.ask(domain, 'CNAME');
    const target = answer.type === 'records' ? withoutDot(answer.records[0]) : undefined;
    if (target === undefined || !isUsableName(target)) {
      return none('dns-failure', answer.type === 'failed' ? answer.word : 'an answer to another question');
    }
    if (cnamesLeft === 0) return none('dns-failure', 'CNAME loop');
    return this.#findRoute(target, cnamesLeft - 1);
  }

  /** Gives the route that begins with the first of `names` whose addresses can be dialled. */
  async #routeThrough(names: readonly string[]): Promise<Route> {
    const begunAt = performance.now();
    let unanswered = 0;
    let failure: FailureObservation | undefined;
    for (const [place, name] of names.slice(0, MAX_HOSTS_LOOKED_UP).entries()) {
      const ips = await this.addressesOf(name);
      if (isAddressList(ips)) {
        const further: readonly MxHost[] = names
          .slice(place + 1, place + MAX_HOSTS)
          .map((later) => ({ name: later, ips: undefined }));
        return { type: 'hosts', hosts: [{ name, ips }, ...further], destination: this.#destinationOf(name) };
      }
      failure = failure === undefined ? ips : graver(failure, ips);
      if (isTrouble(ips)) unanswered++;
      if (unanswered >= MAX_UNANSWERED) break;
      if (performance.now() - begunAt > MAX_SEARCH_MS) return none('dns-failure', 'too slow');
    }
    if (failure === undefined) throw new Error('a route through no host');
    if (isTrouble(failure) || names.length <= MAX_HOSTS_LOOKED_UP) return { type: 'none', observed: failure };
    // One further down may take its mail: what was not looked at is no word about its mailboxes.
    return none(
      'unreachable',
      `none of the first ${MAX_HOSTS_LOOKED_UP} of ${names.length} mail hosts can be dialled`,
    );
  }

  #inOrder(records: readonly MxRecord[]): readonly string[] {
    const drawn = records.map((record) => ({
      name: nameOf(record),
      rank: record.priority,
      lot: this.#options.random(),
    }));
    const sorted = drawn.toSorted((a, b) => a.rank - b.rank || a.lot - b.lot).map(({ name }) => name);
    return [...new Set(sorted)].filter(isUsableName);
  }
}

function nameOf(record: MxRecord): string {
  return withoutDot(record.exchange);
}

function isTrouble(observed: FailureObservation): boolean {
  return observed.failure === 'dns-failure';
}

// What is not known for certain weighs most: one host that may have an address keeps the domain undecided.
const GRAVITY: readonly Failure[] = ['no-mail-host', 'private-host', 'unreachable', 'dns-failure'];

function graver(earlier: FailureObservation, later: FailureObservation): FailureObservation {
  return GRAVITY.indexOf(later.failure) > GRAVITY.indexOf(earlier.failure) ? later : earlier;
}

function none(failure: Failure, detail?: string): Route {
  return { type: 'none', observed: dnsFailure(failure, { detail }) };
}
