// The wire against real mail servers: what probeDestination and the classifier make of their words and manners.
import { describe, expect, inject, it } from 'vitest';
import { parseAddress, type Address } from '../../src/domain/address.ts';
import { conclude } from '../../src/domain/conclude.ts';
import { DEFAULT_MANNERS } from '../../src/domain/providers.ts';
import { probeDestination, type SettledRow } from '../../src/smtp/probe-destination.ts';
import { MTA_IP, MTA_NAMES, expectationsOf } from './mail-table.ts';
import type { MtaName } from '../support/real-mta.ts';

const IDENTITY = { ehloName: 'verifier.example.net', mailFrom: 'probe@verifier.example.net' };

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

function concludeFrom({ real, control }: SettledRow, recipient: string) {
  const { ehloName, mailFrom } = IDENTITY;
  return conclude({ real, control, identity: { recipient, sender: mailFrom, ehloName, ownIp: '127.0.0.1' } });
}

describe.each(MTA_NAMES)('%s', (name) => {
  const isHere = inject('mailServers').includes(name);

  it.skipIf(!isHere)('is understood about every kind of address', async () => {
    const expected = expectationsOf(name);

    const rows = await probe(
      name,
      expected.map(({ address }) => address),
    );

    const found = rows.map((row, i) => {
      const { verdict, reason } = concludeFrom(row, expected[i]!.address);
      return { address: expected[i]!.address, verdict, reason };
    });
    expect(found).toEqual(expected);
  });

  it.skipIf(!isHere)(
    'answers about a hundred unknown mailboxes without cutting us off for our errors',
    async () => {
      const addresses = Array.from({ length: 100 }, (_, i) => `nobody${i}@known.${name}.example`);

      const rows = await probe(name, addresses);

      const verdicts = rows.map((row, i) => concludeFrom(row, addresses[i]!).verdict);
      expect(verdicts).toEqual(addresses.map(() => 'invalid'));
    },
  );

  it.skipIf(!isHere)('answers about many mailboxes of one domain', async () => {
    const addresses = Array.from({ length: 300 }, (_, i) => `somebody${i}@all.${name}.example`);

    const rows = await probe(name, addresses);

    expect(new Set(rows.map((row, i) => concludeFrom(row, addresses[i]!).verdict))).toEqual(
      new Set(['catch-all']),
    );
    expect(rows).toHaveLength(300);
  });
});
