// Tells a DNS that answers nobody from domains whose name servers do not. The one is our own trouble, and no word about any
// address: the work ends, rows go back as they were, and none uses up an attempt. It shows when nothing was answered lately and
// our own sender's domain, which has a mail host, is not found out about either. What an answer means is smtp/resolve-route.ts.

import type { Route } from '../domain/route.ts';
import { OperationalError } from '../platform/operational-error.ts';

export interface DnsWatchParts {
  /** May give what the DNS answered earlier in this cycle. */
  readonly route: (domain: string) => Promise<Route>;
  /** Asks the DNS now, whatever it answered before. */
  readonly routeAnew: (domain: string) => Promise<Route>;
  /** That of SMTP_MAIL_FROM. */
  readonly ownDomain: string;
  /** Milliseconds on a clock. */
  readonly now: () => number;
}

/** As long as whoever answered is trusted: an outage that is over sooner costs some rows a wait of minutes. */
const TRUSTED_MS = 30_000;

export class DnsWatch {
  readonly #parts: DnsWatchParts;
  /** Whoever is given one of these again is told nothing of the DNS as it is now. */
  readonly #seen = new WeakSet<Route>();
  #ownRoute: Promise<Route> | undefined;
  #answeredAt: number | undefined;

  constructor(parts: DnsWatchParts) {
    this.#parts = parts;
  }

  /** Gives the route of a domain; rejects with NO_CONNECTIONS when the DNS answers nobody. */
  async route(domain: string): Promise<Route> {
    const { route, ownDomain } = this.#parts;
    const found = await route(domain);
    const word = this.#troubleIn(found);
    if (word === undefined || this.#isTrusted()) return found;
    // Whatever it says of our own domain, that there is none as well, is an answer.
    if (this.#troubleIn(await this.#askAboutOurs()) === undefined || this.#isTrusted()) return found;
    throw new OperationalError(
      'NO_CONNECTIONS',
      `the DNS answers nothing, neither about ${domain} (${word}) nor about our own ${ownDomain}; look at DNS_SERVERS or /etc/resolv.conf, and at the network of this machine. No email uses up an attempt`,
      { fields: { domain, ownDomain, word } },
    );
  }

  /** One question for all who wait for it. */
  #askAboutOurs(): Promise<Route> {
    const { routeAnew, ownDomain } = this.#parts;
    this.#ownRoute ??= routeAnew(ownDomain).finally(() => (this.#ownRoute = undefined));
    return this.#ownRoute;
  }

  #isTrusted(): boolean {
    return this.#answeredAt !== undefined && this.#parts.now() - this.#answeredAt < TRUSTED_MS;
  }

  /** The word of a DNS that did not answer; undefined where it did, which is noted. */
  #troubleIn(route: Route): string | undefined {
    if (route.type === 'none' && route.observed.failure === 'dns-failure')
      return route.observed.detail ?? 'no answer';
    if (!this.#seen.has(route)) this.#answeredAt = this.#parts.now();
    this.#seen.add(route);
    return undefined;
  }
}
