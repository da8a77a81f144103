// The lists and the internet of a benchmark: addresses dealt to domains by Zipf's law, domains on hosting firms or on a host
// of their own, and what a correct verifier makes of each address. Everything can be decided at the first attempt, so that
// what a run costs is the cost of asking. Pure; the same options give the same world.

import type { Verdict } from '../../src/domain/verdict.ts';
import { nameDomain, nameMailbox } from '../support/internet/names.ts';
import { dealByRank, seededRandom, type Random } from '../support/internet/random.ts';
import { WORDINGS } from '../support/internet/wording.ts';
import type { Zone, ZoneName } from '../support/internet/zone.ts';

export interface WorldOptions {
  readonly addresses: number;
  readonly domains: number;
  readonly users: number;
  readonly seed: number;
}

export interface BenchAddress {
  readonly email: string;
  readonly userId: number;
  readonly verdict: Verdict;
}

/** A mail host, which knows mailboxes by their domains. */
export interface BenchHost {
  readonly name: string;
  readonly ip: string;
  readonly greeting: string;
  /** What an unknown mailbox is answered, its lines with their ends; `{rcpt}` is the address. */
  readonly unknown: string;
}

export interface BenchInternet {
  readonly zone: Zone;
  readonly hosts: readonly BenchHost[];
  /** Domain → its mailboxes, or true where every recipient is taken. */
  readonly mailboxes: Readonly<Record<string, readonly string[] | true>>;
}

export interface BenchWorld {
  readonly internet: BenchInternet;
  readonly addresses: readonly BenchAddress[];
}

const SKEW = 0.8;
/** Of the domains, those that a firm hosts for them; each firm has about so many. */
const HOSTED_SHARE = 0.6;
const DOMAINS_PER_FIRM = 40;
const HOSTS_PER_FIRM = 2;
const CATCH_ALL_SHARE = 0.1;
const UNKNOWN_SHARE = 0.15;

export function makeWorld({ addresses, domains, users, seed }: WorldOptions): BenchWorld {
  const random = seededRandom(seed);
  const hosts: BenchHost[] = [];
  const zone: Record<string, ZoneName> = {};
  const addHost = (name: string): string => {
    const ip = ipOf(hosts.length);
    const { greeting, unknown } = random.pick(WORDINGS);
    const lines = `${unknown.replaceAll('\n', '\r\n')}\r\n`;
    hosts.push({ name, ip, greeting: `220 ${name} ${greeting}\r\n`, unknown: lines });
    zone[name] = { a: [ip] };
    return name;
  };
  const firms = Array.from({ length: Math.ceil((domains * HOSTED_SHARE) / DOMAINS_PER_FIRM) }, (_, firm) =>
    Array.from({ length: HOSTS_PER_FIRM }, (_unused, host) => addHost(`mx${host + 1}.firm-${firm}.example`)),
  );

  const mailboxes: Record<string, readonly string[] | true> = {};
  const dealt = dealByRank(addresses, domains, SKEW, random);
  const all = dealt.flatMap((count, rank) => {
    const { ascii: domain } = nameDomain(rank, random);
    const exchanges = random.next() < HOSTED_SHARE ? random.pick(firms) : [addHost(`mail.${domain}`)];
    zone[domain] = { mx: exchanges.map((exchange, place) => ({ preference: 10 * (place + 1), exchange })) };
    const isCatchAll = random.next() < CATCH_ALL_SHARE;
    const people = Array.from({ length: count }, (_, number) => person(number, isCatchAll, random));
    mailboxes[domain] =
      isCatchAll || people.filter(({ verdict }) => verdict === 'valid').map(({ local }) => local);
    return people.map(({ local, verdict }) => ({ email: `${local}@${domain}`, verdict }));
  });
  const shuffled = random.shuffle(all).map((address, index) => ({ ...address, userId: (index % users) + 1 }));
  return { internet: { zone, hosts, mailboxes }, addresses: shuffled };
}

function person(number: number, isCatchAll: boolean, random: Random) {
  const local = nameMailbox(number, random);
  const isUnknown = random.next() < UNKNOWN_SHARE;
  const verdict: Verdict = isCatchAll ? 'catch-all' : isUnknown ? 'invalid' : 'valid';
  return { local, verdict };
}

/** Loopback addresses, each a host of its own. */
function ipOf(number: number): string {
  return `127.${100 + (number >> 14)}.${(number >> 7) & 127}.${(number & 127) + 1}`;
}
