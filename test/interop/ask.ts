// Probes addresses at a real mail server, and says what they come to.

import { expect, inject } from 'vitest';
import { parseAddress, type Address } from '../../src/domain/address.ts';
import { conclude, type Conclusion } from '../../src/domain/conclude.ts';
import { DEFAULT_MANNERS } from '../../src/domain/providers.ts';
import { probeDestination, type SettledRow } from '../../src/smtp/probe-destination.ts';
import type { MtaName } from '../support/real-mta.ts';
import { MTA_IP } from './mail-table.ts';

const IDENTITY = { ehloName: 'verifier.example.net', mailFrom: 'probe@verifier.example.net' };

/** Gives the conclusion about each address, in order. */
export async function concludeAll(name: MtaName, texts: readonly string[]): Promise<Conclusion[]> {
  const rows = await probe(name, texts);
  return rows.map(({ real, control }, i) => {
    const { ehloName, mailFrom } = IDENTITY;
    const identity = { recipient: texts[i]!, sender: mailFrom, ehloName, ownIp: '127.0.0.1' };
    return conclude({ real, control, identity });
  });
}

async function probe(name: MtaName, texts: readonly string[]): Promise<SettledRow[]> {
  const addresses = texts.map((text) => parseAddress(text) as Address);
  const rows: SettledRow[] = [];
  const unstarted = await probeDestination(
    {
      groups: [...new Set(addresses.map(({ domain }) => domain))].map((domain) => ({
        domain,
        hosts: [{ name: `mx.${name}.example`, ips: [MTA_IP[name]] }],
        addresses: addresses.flatMap((address, key) => (address.domain === domain ? [{ key, address }] : [])),
        catchAll: undefined,
      })),
      manners: DEFAULT_MANNERS,
    },
    {
      ...IDENTITY,
      port: inject('mailServerPort'),
      controlKey: '0123456789abcdef',
      connectTimeoutMs: 5_000,
      replyTimeoutMs: 10_000,
      sessionDeadlineMs: 60_000,
      lookup: () => Promise.resolve([]),
    },
    (row) => rows.push(row),
    new AbortController().signal,
  );
  expect(unstarted).toEqual([]);
  return rows.toSorted((a, b) => a.key - b.key);
}
