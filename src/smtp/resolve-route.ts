// Finds out which hosts take the mail of a domain (RFC 5321 §5.1), and their addresses, checked for dialling.
// Owns the DNS resolver and its cache. Asks nothing twice: one MX question a domain, one address question a host,
// at most 100 in flight. What to do about a domain without hosts is domain/classify.ts.

import { Resolver } from 'node:dns/promises';
import type { MxRecord } from 'node:dns';
import { isIP } from 'node:net';
import type { Failure, FailureObservation } from '../domain/observation.ts';
import { destinationOf } from '../domain/providers.ts';
import type { MxHost, Route } from '../domain/route.ts';
import { isPublicAddress } from './guard-address.ts';
import { PromiseCache } from './promise-cache.ts';
import { Turnstile } from './turnstile.ts';

export type IpFamily = '4' | '6' | 'any';

export interface RouterOptions {
  /** `ip` or `ip:port` each; empty for the system's. */
  readonly servers: readonly string[];
  /** For one question to one server; c-ares lengthens it from try to try. */
  readonly timeoutMs: number;
  readonly tries: number;
  /** Dial private and reserved addresses too: for laboratories. */
  readonly allowPrivateMx: boolean;
  /** Addresses to dial: of one family only, or IPv4 where there is any and else IPv6. */
  readonly ipFamily: IpFamily;
  /** In [0, 1): puts hosts of equal preference in order. */
  readonly random: () => number;
}

/** Hosts kept of a domain with many. */
const MAX_HOSTS = 20;
/** Addresses kept of a host: nobody's DNS shall make us dial a hundred. */
const MAX_IPS = 4;
/** More than this in flight overflow the UDP buffer, and answers are lost (measured). */
const MAX_QUESTIONS_IN_FLIGHT = 100;
const MAX_CNAMES = 8;
/** What is asked about a host, the wanted family first. */
const RECORD_TYPES = { any: ['A', 'AAAA'], '4': ['A', 'AAAA'], '6': ['AAAA', 'A'] } as const;
const MAX_NAME_LENGTH = 253; // RFC 1035 §2.3.4, as text
// Underscores have no place in a host name (RFC 952), yet mail hosts with them exist.
const HOST_NAME = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/;

/** Answers of c-ares that say that there is nothing, as opposed to that it was not found out. */
const NO_NAME: ReadonlySet<string> = new Set(['ENOTFOUND', 'EBADNAME']);
const NO_RECORD = 'ENODATA';

type Answer<T> = { readonly records: readonly T[] } | { readonly error: string };
type Addresses = readonly string[] | FailureObservation;

export class Router {
  readonly #resolver: Resolver;
  readonly #options: RouterOptions;
  readonly #turnstile = new Turnstile(MAX_QUESTIONS_IN_FLIGHT);
  readonly #routes = new PromiseCache<Route>((route) => route.type === 'none' && isTransient(route.observed));
  readonly #addresses = new PromiseCache<Addresses>(
    (answer) => !isAddressList(answer) && isTransient(answer),
  );
  #questions = 0;
  #isClosed = false;

  constructor(options: RouterOptions) {
    this.#options = options;
    this.#resolver = new Resolver({ timeout: options.timeoutMs, tries: options.tries });
    if (options.servers.length > 0) this.#resolver.setServers(options.servers);
  }

  /** Questions put to the DNS so far. */
  get questions(): number {
    return this.#questions;
  }

  /**
   * Gives the hosts for a domain (lower case, A-labels), or the observation that there are none. Never rejects.
   *
   * Hosts come in order of preference, equal ones shuffled, and begin with one whose addresses are known; the
   * addresses of those behind it are looked up when their turn comes. Without MX records the domain is its
   * own host. A DNS that does not answer is `dns-failure`, and is asked again after a minute; all else stands.
   */
  route(domain: string): Promise<Route> {
    return this.#routes.get(domain, () => this.#findRoute(domain));
  }

  /** Gives the addresses of a host that may be dialled, IPv4 ones if there are any, or why there are none. Never rejects. */
  addressesOf(host: string): Promise<Addresses> {
    return this.#addresses.get(host, () => this.#findAddresses(host, MAX_CNAMES));
  }

  /** Gives up all questions: they end as `dns-failure`. */
  close(): void {
    this.#isClosed = true;
    this.#resolver.cancel();
  }

  async #findRoute(domain: string): Promise<Route> {
    const answer = await this.#ask((resolver) => resolver.resolveMx(domain));
    if ('error' in answer) {
      if (answer.error === NO_RECORD) return this.#routeThrough([domain]); // RFC 5321 §5.1: the implicit MX
      if (NO_NAME.has(answer.error)) return none('no-such-domain', wordFor(answer.error));
      return none('dns-failure', wordFor(answer.error));
    }
    // RFC 7505 §3: null MX is one record only; beside others `.` is a mistake.
    if (answer.records.length === 1 && nameOf(answer.records[0]!) === '') return none('null-mx');
    return this.#routeThrough(this.#inOrder(answer.records));
  }

  /** Gives the route that begins with the first of `names` whose addresses can be dialled. */
  async #routeThrough(names: readonly string[]): Promise<Route> {
    let failure: FailureObservation | undefined;
    for (const [place, name] of names.entries()) {
      const ips = await this.addressesOf(name);
      if (isAddressList(ips)) {
        const further: readonly MxHost[] = names
          .slice(place + 1)
          .map((later) => ({ name: later, ips: undefined }));
        return { type: 'hosts', hosts: [{ name, ips }, ...further], destination: destinationOf(name) };
      }
      failure = graver(failure, ips);
    }
    return {
      type: 'none',
      observed: failure ?? failed('no-mail-host', { detail: 'no usable name in the MX records' }),
    };
  }

  #inOrder(records: readonly MxRecord[]): readonly string[] {
    const drawn = records.map((record) => ({
      name: nameOf(record),
      rank: record.priority,
      lot: this.#options.random(),
    }));
    const sorted = drawn.toSorted((a, b) => a.rank - b.rank || a.lot - b.lot).map(({ name }) => name);
    return [...new Set(sorted)].filter(isUsableName).slice(0, MAX_HOSTS);
  }

  async #findAddresses(host: string, cnamesLeft: number): Promise<Addresses> {
    const { ipFamily } = this.#options;
    for (const family of RECORD_TYPES[ipFamily]) {
      const answer = await this.#ask((resolver) =>
        family === 'A' ? resolver.resolve4(host) : resolver.resolve6(host),
      );
      if ('records' in answer) {
        if (ipFamily === 'any' || family === RECORD_TYPES[ipFamily][0])
          return this.#checked(host, answer.records);
        // It exists, and takes mail from others: that we cannot get there is no word about its mailboxes.
        return failed('unreachable', { host, detail: `no IPv${ipFamily} address` });
      }
      if (NO_NAME.has(answer.error)) return failed('no-mail-host', { host, detail: wordFor(answer.error) });
      if (answer.error !== NO_RECORD) return failed('dns-failure', { host, detail: wordFor(answer.error) });
    }
    return this.#followCname(host, cnamesLeft);
  }

  // Resolvers follow CNAMEs themselves; those that hand them out unfollowed leave it to us (and RFC 2181 §10.3,
  // which forbids them for mail hosts, is little heeded).
  async #followCname(host: string, cnamesLeft: number): Promise<Addresses> {
    const answer = await this.#ask((resolver) => resolver.resolveCname(host));
    if ('error' in answer) {
      if (answer.error === NO_RECORD || NO_NAME.has(answer.error)) {
        return failed('no-mail-host', { host, detail: 'no address' });
      }
      return failed('dns-failure', { host, detail: wordFor(answer.error) });
    }
    const target = withoutDot(answer.records[0] ?? '');
    if (!isUsableName(target)) return failed('no-mail-host', { host, detail: 'no address' });
    if (cnamesLeft === 0) return failed('dns-failure', { host, detail: 'CNAME loop' });
    return this.#findAddresses(target, cnamesLeft - 1);
  }

  #checked(host: string, ips: readonly string[]): Addresses {
    const dialled = this.#options.allowPrivateMx ? ips : ips.filter(isPublicAddress);
    if (dialled.length === 0) return failed('private-host', { host, detail: ips[0] });
    return dialled.slice(0, MAX_IPS);
  }

  async #ask<T>(question: (resolver: Resolver) => Promise<readonly T[]>): Promise<Answer<T>> {
    return this.#turnstile.pass(async () => {
      if (this.#isClosed) return { error: 'ECANCELLED' };
      this.#questions++;
      try {
        const records = await question(this.#resolver);
        return records.length > 0 ? { records } : { error: NO_RECORD };
      } catch (error) {
        return { error: (error as NodeJS.ErrnoException).code ?? String(error) };
      }
    });
  }
}

/** True for a name that a mail host can have: the DNS carries any bytes, and they end up in logs. */
function isUsableName(name: string): boolean {
  return name.length <= MAX_NAME_LENGTH && HOST_NAME.test(name) && isIP(name) === 0;
}

function nameOf(record: MxRecord): string {
  return withoutDot(record.exchange);
}

function withoutDot(name: string): string {
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}

function isAddressList(answer: Addresses): answer is readonly string[] {
  return Array.isArray(answer);
}

function isTransient(observed: FailureObservation): boolean {
  return observed.failure === 'dns-failure';
}

// What is not known for certain weighs most: one host that may have an address keeps the domain undecided.
const GRAVITY: readonly Failure[] = ['no-mail-host', 'private-host', 'unreachable', 'dns-failure'];

function graver(earlier: FailureObservation | undefined, later: FailureObservation): FailureObservation {
  if (earlier === undefined) return later;
  return GRAVITY.indexOf(later.failure) > GRAVITY.indexOf(earlier.failure) ? later : earlier;
}

function failed(failure: Failure, about: { host?: string; detail?: string | undefined }): FailureObservation {
  return { type: 'failure', stage: 'dns', failure, ...about };
}

function none(failure: Failure, detail?: string): Route {
  return { type: 'none', observed: failed(failure, { detail }) };
}

/** `ESERVFAIL` as the DNS calls it: `SERVFAIL`. */
function wordFor(error: string): string {
  if (error === 'ENOTFOUND') return 'NXDOMAIN';
  return /^E[A-Z]+$/.test(error) ? error.slice(1) : error;
}
