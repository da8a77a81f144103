import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/domain/address.ts';
import { controlRecipient } from '../../src/smtp/control-recipient.ts';

const domains = Array.from({ length: 300 }, (_, nth) => `example${nth}.com`);

describe('controlRecipient', () => {
  it('is 12 to 16 consonants and digits, a letter first', () => {
    for (const domain of domains) {
      expect(controlRecipient(domain, 'secret')).toMatch(/^[b-df-hj-np-tv-z][b-df-hj-np-tv-z2-9]{11,15}$/);
    }
  });

  it('is the same for a domain each time, and another for another domain or key', () => {
    const names = domains.map((domain) => controlRecipient(domain, 'secret'));

    expect(domains.map((domain) => controlRecipient(domain, 'secret'))).toEqual(names);
    expect(new Set(names).size).toBe(domains.length);
    expect(controlRecipient('example.com', 'other')).not.toBe(controlRecipient('example.com', 'secret'));
  });

  it('comes in every length', () => {
    const lengths = new Set(domains.map((domain) => controlRecipient(domain, 'secret').length));

    expect([...lengths].toSorted()).toEqual([12, 13, 14, 15, 16]);
  });

  it('makes an address that may go onto the wire', () => {
    const local = controlRecipient('example.com', 'secret');

    expect(parseAddress(`${local}@example.com`)).toEqual({ local, domain: 'example.com' });
  });
});
