// Makes a whole world out of a seed: the DNS, the MX hosts with their mailboxes, and users' lists of addresses,
// each with the verdict that a correct verifier must come to. Pure: nothing is started (internet.ts does that).
// What kinds of domains there are stands in world-domains.ts.

import { disposableEmailBlocklist } from 'disposable-email-domains-js';
import type { Reason } from '../../../src/domain/reason.ts';
import type { Verdict } from '../../../src/domain/verdict.ts';
import type { MxScript } from './mx-script.ts';
import { nameNoAddress } from './names.ts';
import { dealByRank, seededRandom, type Random } from './random.ts';
import { DomainMaker } from './world-domains.ts';
import { kindsOf, type DomainKind } from './world-kinds.ts';
import type { Zone } from './zone.ts';

export interface WorldOptions {
  readonly seed: number;
  /** Domains in all. With fewer than there are kinds (some thirty) only the commonest kinds occur. */
  readonly domains: number;
  readonly lists: readonly { readonly userId: number; readonly addresses: number }[];
  /** `shared`, the default: some thirty firms host most domains. `own`: every domain has a host of its own. */
  readonly hosting?: 'shared' | 'own' | undefined;
  /** How unequal the domains are: the k-th gets a share proportional to 1 / k^skew. 0.8 by default. */
  readonly skew?: number | undefined;
  /** How long greylisting hosts put a sender off; 1 by default. */
  readonly greylistSeconds?: number | undefined;
  /** Leaves out kinds, for instance those that cost time-outs. */
  readonly without?: readonly DomainKind[] | undefined;
  /** Also excludes some accounts and domains that stand in the lists. */
  readonly exclusions?: boolean | undefined;
}

/** An MX host; a dead one has an address where nobody listens. */
export interface WorldHost {
  readonly name: string;
  readonly ip: string;
  readonly isDead?: true | undefined;
  readonly script: MxScript;
}

/** An address as it stands in a list, and what a correct verifier makes of it in the end. */
export interface ExpectedAddress {
  readonly email: string;
  /** What its domain, or the address itself, is an example of. */
  readonly kind: string;
  readonly verdict: Verdict;
  readonly reason: Reason;
  /** Set for what is accepted: the address of the host that accepts it, as `validation_response` must have it. */
  readonly ip?: string | undefined;
}

export interface WorldList {
  readonly userId: number;
  readonly name: string;
  readonly addresses: readonly ExpectedAddress[];
}

export interface World {
  readonly zone: Zone;
  readonly hosts: readonly WorldHost[];
  readonly lists: readonly WorldList[];
  readonly excludedAccounts: readonly string[];
  readonly excludedDomains: readonly { readonly domain: string; readonly ip: string }[];
}

const DISPOSABLE_SHARE = 0.03;
const SYNTAX_SHARE = 0.02;
const EXCLUDED_SHARE = 0.01;

/** The same options give the same world. No address occurs twice. */
export function makeWorld(options: WorldOptions): World {
  const random = seededRandom(options.seed);
  const total = options.lists.reduce((sum, { addresses }) => sum + addresses, 0);
  const maker = new DomainMaker({
    random,
    hosting: options.hosting ?? 'shared',
    greylistSeconds: options.greylistSeconds ?? 1,
    domains: options.domains,
  });
  const domains = kindsOf(options.domains, options.without ?? [], random).map((kind) => maker.make(kind));

  const share = (part: number) => Math.round(total * part);
  const excluded = options.exclusions ? share(EXCLUDED_SHARE) : 0;
  const apart = [
    ...disposableAddresses(share(DISPOSABLE_SHARE), random),
    ...syntaxErrors(share(SYNTAX_SHARE), domains[0]!.name.ascii, random),
    ...excludedAddresses(excluded, domains[0]!.name.ascii),
  ];
  const dealt = dealByRank(total - apart.length, domains.length, options.skew ?? 0.8, random);
  const asked = domains.flatMap((domain, rank) => maker.populate(domain, dealt[rank]!));
  const addresses = random.shuffle([...apart, ...asked]);

  let from = 0;
  const lists = options.lists.map(({ userId, addresses: count }) => ({
    userId,
    name: `List of user ${userId}`,
    addresses: addresses.slice(from, (from += count)),
  }));
  return {
    zone: maker.zone,
    hosts: maker.hosts(),
    lists,
    excludedAccounts: excluded > 0 ? [EXCLUDED_ACCOUNT] : [],
    excludedDomains: excluded > 0 ? [{ domain: EXCLUDED_DOMAIN, ip: EXCLUDED_IP }] : [],
  };
}

/** Every address of every list, with the list's user. */
export function allAddresses(world: Pick<World, 'lists'>): ExpectedAddress[] {
  return world.lists.flatMap(({ addresses }) => addresses);
}

function disposableAddresses(count: number, random: Random): ExpectedAddress[] {
  const blocklist = disposableEmailBlocklist();
  return Array.from({ length: count }, (_, i) => ({
    email: `user${i}@${random.pick(blocklist)}`,
    kind: 'disposable',
    verdict: 'disposable',
    reason: 'disposable-domain',
  }));
}

function syntaxErrors(count: number, domain: string, random: Random): ExpectedAddress[] {
  return Array.from({ length: count }, (_, i) => ({
    email: nameNoAddress(i, domain, random),
    kind: 'syntax',
    verdict: 'invalid',
    reason: 'syntax',
  }));
}

const EXCLUDED_ACCOUNT = 'newsletter-archive';
const EXCLUDED_DOMAIN = 'partner.example';
const EXCLUDED_IP = '192.0.2.25';

// One account, the rest in one domain that neither the DNS nor any host knows: asking would be seen.
function excludedAddresses(count: number, domain: string): ExpectedAddress[] {
  return Array.from({ length: count }, (_, i) =>
    i === 0
      ? {
          email: `${EXCLUDED_ACCOUNT}@${domain}`,
          kind: 'excluded-account',
          verdict: 'valid',
          reason: 'excluded-account',
        }
      : {
          email: `friend${i}@${EXCLUDED_DOMAIN}`,
          kind: 'excluded-domain',
          verdict: 'valid',
          reason: 'excluded-domain',
        },
  );
}
