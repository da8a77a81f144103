// What a DNS block list says about an address of ours (RFC 5782): under which name it is asked, and what its answer means.
// That nothing is listed is believed only of a list that answers its own test addresses, since lists are silent towards
// whom they do not serve, and dead ones list the whole world.

import { parseIp, reversed, type IpAddress } from './ip-address.ts';

/** Must be listed, and must not be (RFC 5782 §5). */
export const TEST_ADDRESSES = { listed: '127.0.0.2', free: '127.0.0.1' } as const;

/** What the DNS gave for a name: addresses, none, or no answer (its word). */
export type DnsblAnswer = readonly string[] | { readonly failed: string };

export type DnsblVerdict =
  | { readonly type: 'free' }
  | { readonly type: 'listed'; readonly as: readonly string[] }
  /** The list does not answer us, for this reason. */
  | { readonly type: 'refused'; readonly why: string };

interface KnownList {
  /** True where much of the world refuses whoever stands in it. */
  readonly isGrave: boolean;
  /** Where to look an address up, and ask for its removal. */
  readonly page: string;
  readonly codes: Readonly<Record<string, string>>;
}

const SPAMHAUS = 'https://check.spamhaus.org/';

// As their operators describe them, read 2026-11.
const KNOWN: Readonly<Record<string, KnownList>> = {
  'zen.spamhaus.org': {
    isGrave: true,
    page: SPAMHAUS,
    codes: {
      '127.0.0.2': 'SBL, a source of spam',
      '127.0.0.3': 'CSS, a source of low reputation',
      '127.0.0.4': 'XBL, a machine that was broken into',
      '127.0.0.9': 'DROP, a hijacked network',
      '127.0.0.10': 'PBL, an address that shall send no mail by itself (by its provider)',
      '127.0.0.11': 'PBL, an address that shall send no mail by itself',
    },
  },
  'bl.spamcop.net': { isGrave: false, page: 'https://www.spamcop.net/bl.shtml', codes: {} },
  'psbl.surriel.com': { isGrave: false, page: 'https://psbl.org/', codes: {} },
  'b.barracudacentral.org': {
    isGrave: true,
    page: 'https://www.barracudacentral.org/lookups',
    codes: { '127.0.0.2': 'a source of low reputation' },
  },
};

/** What Spamhaus answers instead of a listing, and others after it. */
const REFUSALS: Readonly<Record<string, string>> = {
  '127.255.255.252': 'it knows no list of this name: a slip in DNSBL_ZONES',
  '127.255.255.254': 'it does not answer public resolvers',
  '127.255.255.255': 'too many questions came from our resolver',
};

/** The name to ask for; undefined for what is no address. */
export function dnsblName(address: string, zone: string): string | undefined {
  const ip: IpAddress | undefined = parseIp(address);
  return ip && `${reversed(ip)}.${zone}`;
}

/** What an answer about our address means, given those about the list's own test addresses. */
export function judgeDnsbl(
  zone: string,
  ours: DnsblAnswer,
  tests: { readonly listed: DnsblAnswer; readonly free: DnsblAnswer },
): DnsblVerdict {
  const refusal = [ours, tests.listed, tests.free].map(refusalIn).find((why) => why !== undefined);
  if (refusal !== undefined) return { type: 'refused', why: refusal };
  if (isEmpty(tests.listed))
    return {
      type: 'refused',
      why: `it does not list ${TEST_ADDRESSES.listed}, as every list that answers does`,
    };
  if (!isEmpty(tests.free))
    return {
      type: 'refused',
      why: `it lists ${TEST_ADDRESSES.free}, as dead lists do that list the whole world`,
    };
  if (isEmpty(ours)) return { type: 'free' };
  const codes = ours as readonly string[];
  return { type: 'listed', as: codes.map((code) => KNOWN[zone]?.codes[code] ?? code) };
}

/** What is known of a list that an operator may name. */
export function aboutDnsbl(zone: string): { readonly isGrave: boolean; readonly page: string | undefined } {
  const { isGrave, page } = KNOWN[zone] ?? { isGrave: false, page: undefined };
  return { isGrave, page };
}

function refusalIn(answer: DnsblAnswer): string | undefined {
  if ('failed' in answer) return `the DNS says ${answer.failed}`;
  const refusal = answer.find((code) => code.startsWith('127.255.255.'));
  if (refusal !== undefined) return REFUSALS[refusal] ?? `it answers ${refusal}, which is a refusal`;
  const strange = answer.find((code) => !code.startsWith('127.'));
  return strange === undefined
    ? undefined
    : `it answers ${strange}, which no block list does: the name was sold, or the resolver lies`;
}

function isEmpty(answer: DnsblAnswer): boolean {
  return Array.isArray(answer) && answer.length === 0;
}
