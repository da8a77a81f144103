// Under which addresses the world sees this machine. Said by the operator (--address), else found out without asking anybody:
// the address that the system would speak from is ours where it is a public one. Behind NAT or a proxy it is not; then the
// addresses that SMTP_EHLO_NAME leads to are taken for ours, since that is what they should be, and it is said so.

import type { Config } from '../../platform/config.ts';
import { isPublicAddress } from '../../smtp/guard-address.ts';
import { sourceAddress } from '../../smtp/source-address.ts';
import type { Check, Configured, OurAddresses } from './check.ts';
import { ok, type Remark, warning } from './remark.ts';

export const addressChecks: readonly Check[] = [
  {
    theme: 'Our name',
    about: 'address',
    run: async ({ ourAddresses }) => [judgeAddresses(await ourAddresses())],
  },
];

/** Finds them out; `said` wins over everything. */
export async function findOurAddresses(
  configured: Configured | undefined,
  said: readonly string[],
): Promise<OurAddresses> {
  const config = configured?.config;
  const isProxied = config?.proxy !== undefined;
  const local = await localAddresses(config);
  if (said.length > 0) return { ips: said, from: 'said', local, isProxied };
  const ips = isProxied ? [] : local.filter(isPublicAddress);
  if (ips.length > 0) return { ips, from: 'local', local, isProxied };
  const named = configured === undefined ? [] : await addressesOfOurName(configured);
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

async function addressesOfOurName({ config, dns }: Configured): Promise<string[]> {
  const { sender, ipFamily } = config;
  if (sender === undefined) return [];
  const answers = await Promise.all([
    ...(ipFamily === '6' ? [] : [dns.ask(sender.ehloName, 'A')]),
    ...(ipFamily === '4' ? [] : [dns.ask(sender.ehloName, 'AAAA')]),
  ]);
  return answers.flatMap((answer) => (answer.type === 'records' ? [...answer.records] : []));
}
