// The doctor's look at how the world knows us: the name that we greet with, the name that our address has, what SPF says of
// mail from there, and whether the address stands in block lists.

import {
  aboutDnsbl,
  dnsblName,
  judgeDnsbl,
  TEST_ADDRESSES,
  type DnsblAnswer,
  type DnsblVerdict,
} from '../../domain/dnsbl.ts';
import { isSameIp, parseIp, reverseName } from '../../domain/ip-address.ts';
import { checkSpf, type SpfVerdict } from '../../domain/spf.ts';
import type { DnsClient } from '../../smtp/dns-client.ts';
import { withoutDot } from '../../smtp/host-addresses.ts';
import { spfLookups } from '../../smtp/spf-lookups.ts';
import { CannotCheck, type Check, configuredOf, type Ground, senderOf } from './check.ts';
import { addressChecks } from './our-addresses.ts';
import { failure, ok, type Remark, warning } from './remark.ts';

type Ask = Pick<DnsClient, 'ask'>;

export const ourNameChecks: readonly Check[] = [
  ...addressChecks,
  { theme: 'Our name', about: 'EHLO name', run: lookAtName },
  { theme: 'Our name', about: 'reverse name', run: (ground) => forEachAddress(ground, lookAtReverseName) },
  { theme: 'Our name', about: 'SPF', run: (ground) => forEachAddress(ground, lookAtSpf) },
  { theme: 'Our name', about: 'block lists', run: (ground) => forEachAddress(ground, lookAtBlockLists) },
];

async function forEachAddress(
  ground: Ground,
  look: (ground: Ground, address: string) => Promise<readonly Remark[]>,
): Promise<readonly Remark[]> {
  const { ips } = await ground.ourAddresses();
  if (ips.length === 0) throw new CannotCheck('our public address is not known (--address says it)');
  const { ipFamily } = configuredOf(ground).config;
  const remarks = ips.map(async (ip) => {
    const found = await look(ground, ip);
    return isSecondary(ip, ips, ipFamily) ? found.map(gentler) : found;
  });
  return (await Promise.all(remarks)).flat();
}

/** True of an IPv6 address that is used only where a host has no other. */
export function isSecondary(ip: string, ips: readonly string[], ipFamily: '4' | '6' | 'any'): boolean {
  return ipFamily === 'any' && ipOf(ip).family === 6 && ips.some((other) => ipOf(other).family === 4);
}

function gentler(remark: Remark): Remark {
  if (remark.grade !== 'failure') return remark;
  return { ...remark, grade: 'warning', next: `${remark.next} Or set SMTP_IP_FAMILY=4.` };
}

async function lookAtName(ground: Ground): Promise<readonly Remark[]> {
  const { dns, sender, config } = senderOf(ground);
  const { ehloName } = sender;
  const { ips, from } = await ground.ourAddresses();
  const [four, six] = await Promise.all([dns.ask(ehloName, 'A'), dns.ask(ehloName, 'AAAA')]);
  const failed = [four, six].find((answer) => answer.type === 'failed');
  if (failed !== undefined)
    throw new CannotCheck(`the DNS does not answer about ${ehloName} (${failed.word})`);
  const found = [four, six].flatMap((answer) => (answer.type === 'records' ? [...answer.records] : []));
  if (from === 'assumed') return [judgeName(ehloName, found, [])];
  const { ipFamily } = config;
  const secondary = ips.filter((ip) => isSecondary(ip, ips, ipFamily));
  const primary = judgeName(
    ehloName,
    found,
    ips.filter((ip) => !secondary.includes(ip)),
  );
  const further = secondary.map((ip) => gentler(judgeName(ehloName, found, [ip])));
  return [primary, ...further.filter(({ grade }) => grade !== 'ok' && primary.grade === 'ok')];
}

/** `ours`: none where they are not known otherwise. */
export function judgeName(name: string, found: readonly string[], ours: readonly string[]): Remark {
  if (found.length === 0)
    return failure(
      'EHLO name',
      `${name} has no address; hosts refuse such a name, or count it as spam`,
      `Publish an A record for ${name} with the public address of this machine.`,
    );
  const leads = `${name} leads to ${found.join(', ')}`;
  const missing = ours.filter((ip) => !found.some((other) => isSameIp(ip, other)));
  if (missing.length > 0)
    return failure(
      'EHLO name',
      `${leads}, and not to ${missing.join(' or ')}, from which we speak`,
      'Have SMTP_EHLO_NAME lead to the address of this machine, each server with a name of its own.',
    );
  return ok('EHLO name', leads);
}

async function lookAtReverseName(ground: Ground, address: string): Promise<readonly Remark[]> {
  const { dns, sender } = senderOf(ground);
  const { ehloName } = sender;
  const answer = await dns.ask(reverseName(ipOf(address)), 'PTR');
  if (answer.type === 'failed')
    throw new CannotCheck(`the DNS does not answer about the name of ${address} (${answer.word})`);
  const names = answer.type === 'records' ? answer.records.map(withoutDot) : [];
  const confirmed = await Promise.all(names.map((name) => leadsTo(dns, name, address)));
  return [
    judgeReverseName(
      address,
      ehloName,
      names.map((name, index) => ({ name, isConfirmed: confirmed[index]! })),
    ),
  ];
}

export function judgeReverseName(
  address: string,
  ehloName: string,
  names: readonly { readonly name: string; readonly isConfirmed: boolean }[],
): Remark {
  const next = `Have the provider of ${address} set its reverse name (PTR) to ${ehloName}.`;
  const list = names.map(({ name }) => name).join(', ');
  if (names.length === 0)
    return failure('reverse name', `${address} has none, and many hosts refuse addresses without`, next);
  if (names.some(({ name }) => name === ehloName)) return ok('reverse name', `${address} is ${ehloName}`);
  if (names.some(({ isConfirmed }) => isConfirmed))
    return warning(
      'reverse name',
      `${address} is ${list}, and we greet as ${ehloName}`,
      `Set SMTP_EHLO_NAME to ${names.find(({ isConfirmed }) => isConfirmed)!.name}, or the reverse name to ${ehloName}.`,
    );
  return failure('reverse name', `${address} is ${list}, which does not lead back to it`, next);
}

async function leadsTo(dns: Ask, name: string, address: string): Promise<boolean> {
  const answer = await dns.ask(name, ipOf(address).family === 4 ? 'A' : 'AAAA');
  return answer.type === 'records' && answer.records.some((ip) => isSameIp(ip, address));
}

async function lookAtSpf(ground: Ground, address: string): Promise<readonly Remark[]> {
  const { dns, sender } = senderOf(ground);
  const { mailFrom, ehloName } = sender;
  const verdict = await checkSpf({ address, sender: mailFrom, ehloName }, spfLookups(dns));
  return [judgeSpf(address, mailFrom, verdict)];
}

export function judgeSpf(
  address: string,
  sender: string,
  { result, by, problem, lookups }: SpfVerdict,
): Remark {
  const domain = sender.slice(sender.lastIndexOf('@') + 1);
  const mechanism = `ip${ipOf(address).family}:${address}`;
  const at = by === undefined ? '' : ` by "${by.term}" of ${by.domain}`;
  const add = `Add ${mechanism} to the SPF record of ${domain}, before its "all".`;
  switch (result) {
    case 'pass':
      return ok('SPF', `${domain} lets ${address} send${at} (${lookups} of 10 lookups)`);
    case 'none':
      return warning(
        'SPF',
        `${domain} has no SPF record`,
        `Publish the TXT record: v=spf1 ${mechanism} -all (with whatever else sends for ${domain}).`,
      );
    case 'neutral':
      return warning('SPF', `${domain} says nothing of ${address}${at}`, add);
    case 'softfail':
      return warning(
        'SPF',
        `${domain} doubts that ${address} may send${at} (softfail), so our probes look forged`,
        add,
      );
    case 'fail':
      return failure(
        'SPF',
        `${domain} says that ${address} may not send${at}, so our probes are refused as forged`,
        add,
      );
    case 'temperror':
      return warning(
        'SPF',
        `not found out: ${problem}`,
        'Run the doctor again; if it stays so, see to the DNS of that name.',
      );
    case 'permerror':
      return failure(
        'SPF',
        `the record is not valid: ${problem}`,
        `Correct the SPF record of ${domain}: as it is, hosts take it for none or for an error.`,
      );
  }
}

async function lookAtBlockLists(ground: Ground, address: string): Promise<readonly Remark[]> {
  const { dns, config } = configuredOf(ground);
  const { dnsblZones } = config;
  if (dnsblZones.length === 0) return [ok('block lists', 'none is asked (DNSBL_ZONES=none)')];
  return Promise.all(
    dnsblZones.map(async (zone) => {
      const ask = (ip: string): Promise<DnsblAnswer> => askList(dns, ip, zone);
      const [ours, listed, free] = await Promise.all([
        ask(address),
        ask(TEST_ADDRESSES.listed),
        ask(TEST_ADDRESSES.free),
      ]);
      return remarkOnList(address, zone, judgeDnsbl(zone, ours, { listed, free }));
    }),
  );
}

async function askList(dns: Ask, address: string, zone: string): Promise<DnsblAnswer> {
  const answer = await dns.ask(dnsblName(address, zone)!, 'A');
  if (answer.type === 'failed') return { failed: answer.word };
  return answer.type === 'records' ? answer.records : [];
}

export function remarkOnList(address: string, zone: string, verdict: DnsblVerdict): Remark {
  const { isGrave, page } = aboutDnsbl(zone);
  switch (verdict.type) {
    case 'free':
      return ok('block lists', `${address} is not in ${zone}`);
    case 'refused':
      return warning(
        'block lists',
        `${zone} does not tell: ${verdict.why}`,
        'Have DNS_SERVERS name a resolver of your own, or take the list out of DNSBL_ZONES.',
      );
    case 'listed': {
      const text = `${address} is in ${zone} (${verdict.as.join('; ')})`;
      const next =
        page === undefined
          ? 'Find out why, and ask the list to take it out.'
          : `Find out why and ask for its removal at ${page}`;
      return isGrave
        ? failure('block lists', `${text}; providers that ask this list refuse us`, next)
        : warning('block lists', text, next);
    }
  }
}

function ipOf(address: string) {
  const ip = parseIp(address);
  if (ip === undefined) throw new Error(`not an IP address: ${address}`);
  return ip;
}
