// The wire against real mail servers: what probeDestination and the classifier make of their words and manners.
import { describe, expect, inject, it } from 'vitest';
import { concludeAll } from './ask.ts';
import { MTA_NAMES, expectationsOf } from './mail-table.ts';

describe.each(MTA_NAMES)('%s', (name) => {
  const isHere = inject('mailServers').includes(name);

  it.skipIf(!isHere)('is understood about every kind of address', async () => {
    const expected = expectationsOf(name);

    const conclusions = await concludeAll(
      name,
      expected.map(({ address }) => address),
    );

    const found = conclusions.map(({ verdict, reason }, i) => ({
      address: expected[i]!.address,
      verdict,
      reason,
    }));
    expect(found).toEqual(expected);
  });

  it.skipIf(!isHere)(
    'answers about a hundred unknown mailboxes without cutting us off for our errors',
    async () => {
      const addresses = Array.from({ length: 100 }, (_, i) => `nobody${i}@known.${name}.example`);

      const conclusions = await concludeAll(name, addresses);

      expect(conclusions.map(({ verdict }) => verdict)).toEqual(addresses.map(() => 'invalid'));
    },
  );

  it.skipIf(!isHere)('answers about many mailboxes of one domain', async () => {
    const addresses = Array.from({ length: 300 }, (_, i) => `somebody${i}@all.${name}.example`);

    const conclusions = await concludeAll(name, addresses);

    expect(new Set(conclusions.map(({ verdict }) => verdict))).toEqual(new Set(['catch-all']));
    expect(conclusions).toHaveLength(300);
  });
});
