// Whom the real mail servers know, and what must be found out about each address. The same for all, each with
// domains of its own: what differs between them is their words, which is what the tests are about.

import type { Reason } from '../../src/domain/reason.ts';
import type { MailTable } from '../support/mta-ground.ts';
import type { MtaName } from '../support/real-mta.ts';
import type { Zone } from '../support/internet/zone.ts';

export const MTA_IP = {
  postfix: '127.0.53.1',
  exim: '127.0.53.2',
  opensmtpd: '127.0.53.3',
} as const satisfies Record<MtaName, string>;
export const MTA_NAMES = Object.keys(MTA_IP) as MtaName[];

export function mailTableOf(name: MtaName, policyPort = 0): MailTable {
  return {
    mailboxes: ['ann', 'bob.lee', "o'brien", 'x', '12345', 'a=b', 'jörg'].map(
      (local) => `${local}@known.${name}.example`,
    ),
    fullMailboxes: [`full@known.${name}.example`],
    domains: [`known.${name}.example`],
    catchAllDomains: [`all.${name}.example`],
    greylistedDomains: [`grey.${name}.example`],
    policed:
      name === 'postfix'
        ? { mailboxes: ['ann@late.postfix.example'], domains: ['late.postfix.example'], port: policyPort }
        : undefined,
  };
}

/** An address and what it comes to after one attempt. */
export interface Expected {
  readonly address: string;
  readonly verdict: 'valid' | 'invalid' | 'catch-all' | 'retry' | 'unknown';
  readonly reason: Reason;
}

export function expectationsOf(name: MtaName): Expected[] {
  const known = (local: string) => `${local}@known.${name}.example`;
  const expectations: Expected[] = [
    ...mailTableOf(name).mailboxes.map(
      (address) => ({ address, verdict: 'valid', reason: 'accepted' }) as const,
    ),
    { address: known('ann+news'), verdict: 'valid', reason: 'accepted' },
    { address: known('Ann'), verdict: 'valid', reason: 'accepted' },
    { address: known('full'), verdict: 'retry', reason: 'mailbox-full' },
    ...['zed', 'nobody.here', '"quoted one"'].map(
      (local) => ({ address: known(local), verdict: 'invalid', reason: 'mailbox-not-found' }) as const,
    ),
    { address: `any.body@all.${name}.example`, verdict: 'catch-all', reason: 'accepts-all' },
    { address: `ann@grey.${name}.example`, verdict: 'retry', reason: 'greylisted' },
    { address: `ann@foreign.${name}.example`, verdict: 'invalid', reason: 'domain-not-served' },
  ];
  return expectations.map((expected) => ({ ...expected, ...DIFFERENCES[name]?.[expected.address] }));
}

/** Where a server's abilities or words leave another reason. */
const DIFFERENCES: Partial<Record<MtaName, Readonly<Record<string, Partial<Expected>>>>> = {
  opensmtpd: {
    'jörg@known.opensmtpd.example': { verdict: 'unknown', reason: 'smtputf8-unsupported' },
    '"quoted one"@known.opensmtpd.example': { reason: 'address-rejected' },
    'ann@foreign.opensmtpd.example': { reason: 'mailbox-not-found' },
  },
};

/** Every domain of the expectations leads to the server. */
export function zoneOf(names: readonly MtaName[]): Zone {
  const zone: Record<string, Zone[string]> = {};
  for (const name of names) {
    zone[`mx.${name}.example`] = { a: [MTA_IP[name]] };
    for (const label of ['known', 'all', 'grey', 'foreign', 'late']) {
      zone[`${label}.${name}.example`] = { mx: [{ preference: 10, exchange: `mx.${name}.example` }] };
    }
  }
  return zone;
}
