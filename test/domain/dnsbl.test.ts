import { describe, expect, it } from 'vitest';
import { dnsblName, judgeDnsbl, type DnsblAnswer } from '../../src/domain/dnsbl.ts';

const SOUND = { listed: ['127.0.0.2'], free: [] };

describe('judgeDnsbl', () => {
  it.each<{
    case: string;
    zone?: string;
    ours: DnsblAnswer;
    tests?: { listed: DnsblAnswer; free: DnsblAnswer };
    expected: object;
  }>([
    { case: 'an address that is not listed', ours: [], expected: { type: 'free' } },
    {
      case: 'a listing, in words where they are known',
      ours: ['127.0.0.3', '127.0.0.77'],
      expected: { type: 'listed', as: ['CSS, a source of low reputation', '127.0.0.77'] },
    },
    {
      case: 'a listing in a list that is not known',
      zone: 'bl.example.org',
      ours: ['127.0.0.3'],
      expected: { type: 'listed', as: ['127.0.0.3'] },
    },
    {
      case: 'an answer for public resolvers',
      ours: ['127.255.255.254'],
      tests: { listed: ['127.255.255.254'], free: ['127.255.255.254'] },
      expected: { type: 'refused', why: 'it does not answer public resolvers' },
    },
    {
      case: 'an answer for whoever asks too much',
      ours: ['127.255.255.255'],
      expected: { type: 'refused', why: 'too many questions came from our resolver' },
    },
    {
      case: 'a refusal of a kind that is not known',
      ours: ['127.255.255.9'],
      expected: { type: 'refused', why: 'it answers 127.255.255.9, which is a refusal' },
    },
    {
      case: 'silence of a list that does not serve us',
      ours: [],
      tests: { listed: [], free: [] },
      expected: { type: 'refused', why: 'it does not list 127.0.0.2, as every list that answers does' },
    },
    {
      case: 'a dead list',
      ours: ['127.0.0.2'],
      tests: { listed: ['127.0.0.2'], free: ['127.0.0.2'] },
      expected: {
        type: 'refused',
        why: 'it lists 127.0.0.1, as dead lists do that list the whole world',
      },
    },
    {
      case: 'an answer out of the rest of the internet',
      ours: ['198.51.100.1'],
      expected: {
        type: 'refused',
        why: 'it answers 198.51.100.1, which no block list does: the name was sold, or the resolver lies',
      },
    },
    {
      case: 'a DNS that does not answer',
      ours: { failed: 'SERVFAIL' },
      expected: { type: 'refused', why: 'the DNS says SERVFAIL' },
    },
  ])('knows $case', ({ zone = 'zen.spamhaus.org', ours, tests = SOUND, expected }) => {
    expect(judgeDnsbl(zone, ours, tests)).toEqual(expected);
  });
});

it.each([
  ['192.0.2.7', '7.2.0.192.zen.spamhaus.org'],
  ['2001:db8::7', '7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.zen.spamhaus.org'],
  ['mx.example', undefined],
])('asks about %s under its name', (address, expected) => {
  expect(dnsblName(address, 'zen.spamhaus.org')).toBe(expected);
});
