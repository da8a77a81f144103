// Under which addresses the world sees this machine. Said by the operator (--address), else found out without asking anybody:
// the address that the system would speak from is ours where it is a public one. Behind NAT or a proxy it is not; then the
// addresses that SMTP_EHLO_NAME leads to are taken for ours, since that is what they should be, and it is said so.

import type { Config } from '../../platform/config.ts';
import type { DnsClient } from '../../smtp/dns-client.ts';
import { isPublicAddress } from '../../smtp/guard-address.ts';
import { sourceAddress } from '../../smtp/source-address.ts';
import { type Check } from './check.ts';
import { ok, type Remark, warning } from './remark.ts';

export interface OurAddresses {
  readonly ips: readonly string[];
  readonly from: 'said' | 'local' | 'assumed' | 'nowhere';
  /** What the system would speak from. */
  readonly local: readonly string[];
  readonly isProxied: boolean;
}

export const addressChecks: readonly Check[] = [
  {
    theme: 'Our name',
    about: 'address',
    run: async ({ ourAddresses }) => [judgeAddresses(await ourAddresses())],
  },
];

/** Finds them out; `said` wins over everything. */
export async function findOurAddresses(
  config: Config | undefined,
  said: readonly string[],
  dns: Pick<DnsClient, 'ask'>,
): Promise<OurAddresses> {
  const isProxied = config?.proxy !== undefined;
  const local = await localAddresses(config);
  if (said.length > 0) return { ips: said, from: 'said', local, isProxied };
  const ips = isProxied ? [] : local.filter(isPublicAddress);
  if (ips.length > 0) return { ips, from: 'local', local, isProxied };
  const named =
    config?.sender === undefined ? [] : await addressesOf(config.sender.ehloName, config.ipFamily, dns);
  return { ips: named, from: named.length > 0 ? 'assumed' : 'nowhere', local, isProxied };
}

export function judgeAddresses({ ips, from, local, isProxied }: OurAddresses): Remark {
  const shown = ips.join(' and ');
  const hidden = isProxied
    ? 'mail hosts are reached through a proxy'
    : local.length === 0
      ? 'this machine has no route to the internet'
      : `this machine has ${local.join(' and ')}, which the internet does not see (NAT)`;
  const say = 'Say the public address with --address, to have it checked';
  switch (from) {
    case 'said':
      return ok('address', `${shown}, as --address says`);
    case 'local':
      return ok('address', `${shown}, which this machine speaks from`);
    case 'assumed':
      return warning(
        'address',
        `${hidden}; ${shown} is taken for ours, since SMTP_EHLO_NAME leads there`,
        `${say} for sure.`,
      );
    case 'nowhere':
      return warning('address', `not known: ${hidden}`, `${say}.`);
  }
}

async function localAddresses(config: Config | undefined): Promise<readonly string[]> {
  if (config?.localAddress !== undefined) return [config.localAddress];
  const family = config?.ipFamily ?? 'any';
  const [four, six] = await Promise.all([
    family === '6' ? undefined : sourceAddress(4),
    family === '4' ? undefined : sourceAddress(6),
  ]);
  return [four, six].filter((ip) => ip !== undefined);
}

export async function addressesOf(
  name: string,
  family: '4' | '6' | 'any',
  dns: Pick<DnsClient, 'ask'>,
): Promise<string[]> {
  const answers = await Promise.all([
    ...(family === '6' ? [] : [dns.ask(name, 'A')]),
    ...(family === '4' ? [] : [dns.ask(name, 'AAAA')]),
  ]);
  return answers.flatMap((answer) => (answer.type === 'records' ? [...answer.records] : []));
}
