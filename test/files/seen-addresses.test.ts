import { expect, it } from 'vitest';
import { SeenAddresses } from '../../src/files/seen-addresses.ts';

it('knows each address from all others, however many they are', () => {
  const seen = new SeenAddresses();
  const addresses = Array.from({ length: 60_000 }, (_, index) => `user${index}@domain${index % 97}.example`);

  const isNew = addresses.filter((address) => seen.add(address));
  const isOld = addresses.filter((address) => !seen.add(address));

  expect(isNew).toHaveLength(addresses.length);
  expect(isOld).toHaveLength(addresses.length);
  expect(seen.size).toBe(addresses.length);
});
