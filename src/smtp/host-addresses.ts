// Finds the addresses at which a mail host may be dialled. That there are none is a word which ends mailboxes, so it is
// said only when the DNS has said it of both families, and certainly; that all are private, only of all of them.

import { isIP } from 'node:net';
import type { Failure, FailureObservation } from '../domain/observation.ts';
import type { DnsClient } from './dns-client.ts';
import { isPublicAddress } from './guard-address.ts';

export type IpFamily = '4' | '6' | 'any';

export interface AddressOptions {
  /** Dial private and reserved addresses too: for laboratories. */
  readonly allowPrivateMx: boolean;
  /** Addresses to dial: of one family only, or IPv4 where there is any and else IPv6. */
  readonly ipFamily: IpFamily;
}

export type Addresses = readonly string[] | FailureObservation;

/** Addresses kept of a host: nobody's DNS shall make us dial a hundred. */
const MAX_IPS = 4;
export const MAX_CNAMES = 8;
/** How long a host's chain of CNAMEs may keep us. */
const MAX_CHAIN_MS = 20_000;
/** What is asked about a host, the wanted family first. */
const RECORD_TYPES = { any: ['A', 'AAAA'], '4': ['A', 'AAAA'], '6': ['AAAA', 'A'] } as const;
const MAX_NAME_LENGTH = 253; // RFC 1035 §2.3.4, as text
// Underscores have no place in a host name (RFC 952), yet mail hosts with them exist.
const HOST_NAME = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/;

/** Gives the addresses of `host` that may be dialled, at most four, or why there are none. Never rejects. */
export async function findAddresses(
  dns: DnsClient,
  host: string,
  options: AddressOptions,
): Promise<Addresses> {
  const begunAt = performance.now();
  let name = host;
  for (let hops = 0; hops <= MAX_CNAMES; hops++) {
    const found = await addressesAt(dns, name, options);
    if (isAddressList(found)) return found;
    if (found !== 'no-record') return { ...found, host };
    const target = await aliasOf(dns, name);
    if (typeof target !== 'string') return { ...target, host };
    if (performance.now() - begunAt > MAX_CHAIN_MS)
      return dnsFailure('dns-failure', { host, detail: 'too slow' });
    name = target;
  }
  return dnsFailure('dns-failure', { host, detail: 'CNAME loop' });
}

/** Gives what the DNS holds at `name` itself; `no-record` when it seems to hold no address. */
async function addressesAt(
  dns: DnsClient,
  name: string,
  { ipFamily, allowPrivateMx }: AddressOptions,
): Promise<Addresses | 'no-record'> {
  let notOurs: string | undefined;
  let privateIp: string | undefined;
  for (const type of RECORD_TYPES[ipFamily]) {
    const answer = await dns.ask(name, type);
    if (answer.type === 'failed') return dnsFailure('dns-failure', { detail: answer.word });
    // Some servers deny the name when they are asked for AAAA and have A alone (RFC 4074 §4.2).
    if (answer.type === 'no-name' && type === 'A') return dnsFailure('no-mail-host', { detail: 'NXDOMAIN' });
    if (answer.type !== 'records') continue;
    const dialled = allowPrivateMx ? answer.records : answer.records.filter(isPublicAddress);
    const isWanted = ipFamily === 'any' || type === RECORD_TYPES[ipFamily][0];
    if (dialled.length > 0 && isWanted) return dialled.slice(0, MAX_IPS);
    notOurs ??= dialled[0];
    privateIp ??= answer.records[0];
  }
  // It exists, and takes mail from others: that we cannot get there is no word about its mailboxes.
  if (notOurs !== undefined) return dnsFailure('unreachable', { detail: `no public IPv${ipFamily} address` });
  return privateIp === undefined ? 'no-record' : dnsFailure('private-host', { detail: privateIp });
}

// Resolvers follow CNAMEs themselves; those that hand them out unfollowed leave it to us (and RFC 2181 §10.3,
// which forbids them for mail hosts, is little heeded).
async function aliasOf(dns: DnsClient, name: string): Promise<string | FailureObservation> {
  const answer = await dns.ask(name, 'CNAME');
  if (answer.type === 'failed') return dnsFailure('dns-failure', { detail: answer.word });
  if (answer.type === 'records') {
    const target = withoutDot(answer.records[0]);
    return isUsableName(target) ? target : dnsFailure('dns-failure', { detail: 'a CNAME to no host name' });
  }
  const doubts = await Promise.all([dns.doubtAbout(name, 'A'), dns.doubtAbout(name, 'AAAA')]);
  const doubt = doubts.find((word) => word !== undefined);
  if (doubt !== undefined && doubt !== 'NXDOMAIN') return dnsFailure('dns-failure', { detail: doubt });
  return dnsFailure('no-mail-host', { detail: 'no address' });
}

export function isAddressList(answer: Addresses | 'no-record'): answer is readonly string[] {
  return Array.isArray(answer);
}

/** True for a name that a mail host can have: the DNS carries any bytes, and they end up in logs. */
export function isUsableName(name: string): boolean {
  return name.length <= MAX_NAME_LENGTH && HOST_NAME.test(name) && isIP(name) === 0;
}

export function withoutDot(name: string): string {
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}

export function dnsFailure(
  failure: Failure,
  about: { readonly host?: string; readonly detail?: string | undefined },
): FailureObservation {
  return { type: 'failure', stage: 'dns', failure, ...about };
}
