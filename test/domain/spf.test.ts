// SPF as hosts evaluate it about us. The macros are those of RFC 7208 §7.4.

import { describe, expect, it } from 'vitest';
import { parseIp } from '../../src/domain/ip-address.ts';
import { expandMacros } from '../../src/domain/spf-macros.ts';
import { parseSpf } from '../../src/domain/spf-record.ts';
import { checkSpf, type Found, type SpfLookups } from '../../src/domain/spf.ts';

type Names = Readonly<Record<string, Found>>;

/** A DNS of `TXT example.net` → records; whatever else is asked for has none. */
function dnsOf(names: Names): SpfLookups & { readonly asked: string[] } {
  const asked: string[] = [];
  const look = async (type: string, name: string): Promise<Found> => {
    asked.push(`${type} ${name}`);
    return names[`${type} ${name}`] ?? [];
  };
  return {
    asked,
    texts: (name) => look('TXT', name),
    addresses: (name, family) => look(family === 4 ? 'A' : 'AAAA', name),
    mailHosts: (name) => look('MX', name),
    names: (name) => look('PTR', name),
  };
}

const asking = { address: '192.0.2.7', sender: 'probe@example.net', ehloName: 'v1.example.net' };
const record = (text: string): Names => ({ 'TXT example.net': ['unrelated', `v=spf1 ${text}`] });

describe('checkSpf', () => {
  it.each<{ case: string; names: Names; address?: string; expected: object }>([
    { case: 'no record', names: {}, expected: { result: 'none', lookups: 0 } },
    {
      case: 'a DNS that is silent',
      names: { 'TXT example.net': 'failed' },
      expected: { result: 'temperror' },
    },
    {
      case: 'two records',
      names: { 'TXT example.net': ['v=spf1 -all', 'v=spf1 +all'] },
      expected: { result: 'permerror', problem: 'example.net has 2 SPF records, and may have one' },
    },
    {
      case: 'a record of nothing',
      names: { 'TXT example.net': ['v=spf1'] },
      expected: { result: 'neutral' },
    },
    { case: 'another version', names: { 'TXT example.net': ['v=spf10 +all'] }, expected: { result: 'none' } },
    {
      case: 'our address',
      names: record('ip4:192.0.2.7 -all'),
      expected: { result: 'pass', by: { term: 'ip4:192.0.2.7', domain: 'example.net' }, lookups: 0 },
    },
    { case: 'our network', names: record('ip4:192.0.2.0/24 -all'), expected: { result: 'pass' } },
    {
      case: 'another network',
      names: record('ip4:198.51.100.0/24 -all'),
      expected: { result: 'fail', by: { term: '-all', domain: 'example.net' } },
    },
    { case: 'a soft end', names: record('~all'), expected: { result: 'softfail' } },
    { case: 'an open end', names: record('ip4:198.51.100.1'), expected: { result: 'neutral' } },
    { case: 'a question mark', names: record('?all'), expected: { result: 'neutral' } },
    {
      case: 'an IPv6 address of ours',
      names: record('ip4:192.0.2.7 ip6:2001:db8::/32 -all'),
      address: '2001:db8::7',
      expected: { result: 'pass', by: { term: 'ip6:2001:db8::/32', domain: 'example.net' } },
    },
    {
      case: 'the address of the domain',
      names: { ...record('a -all'), 'A example.net': ['192.0.2.7'] },
      expected: { result: 'pass', lookups: 1 },
    },
    {
      case: 'the network of a host',
      names: { ...record('a:mail.example.net/24 -all'), 'A mail.example.net': ['192.0.2.200'] },
      expected: { result: 'pass' },
    },
    {
      case: 'the IPv6 address of a host, in a network',
      names: { ...record('a:mail.example.net/24//64 -all'), 'AAAA mail.example.net': ['2001:db8::1'] },
      address: '2001:db8::7',
      expected: { result: 'pass' },
    },
    {
      case: 'a mail host',
      names: {
        ...record('mx -all'),
        'MX example.net': ['mx1.example.net', 'mx2.example.net'],
        'A mx2.example.net': ['192.0.2.7'],
      },
      expected: { result: 'pass', by: { term: 'mx', domain: 'example.net' }, lookups: 1 },
    },
    {
      case: 'more mail hosts than are allowed',
      names: {
        ...record('mx -all'),
        'MX example.net': Array.from({ length: 11 }, (_, i) => `mx${i}.example.net`),
      },
      expected: { result: 'permerror', problem: 'mx names 11 mail hosts, and 10 are allowed' },
    },
    {
      case: 'an include that passes',
      names: {
        ...record('include:spf.host.example -all'),
        'TXT spf.host.example': ['v=spf1 ip4:192.0.2.0/24 -all'],
      },
      expected: { result: 'pass', by: { term: 'include:spf.host.example', domain: 'example.net' } },
    },
    {
      case: 'an include that fails, which is no match',
      names: { ...record('include:spf.host.example ~all'), 'TXT spf.host.example': ['v=spf1 -all'] },
      expected: { result: 'softfail', by: { term: '~all', domain: 'example.net' } },
    },
    {
      case: 'an include of nothing',
      names: record('include:spf.host.example ~all'),
      expected: {
        result: 'permerror',
        problem: 'include:spf.host.example names a domain without SPF record',
      },
    },
    {
      case: 'a redirect',
      names: {
        ...record('redirect=_spf.example.net'),
        'TXT _spf.example.net': ['v=spf1 ip4:192.0.2.7 -all'],
      },
      expected: { result: 'pass', by: { term: 'ip4:192.0.2.7', domain: '_spf.example.net' }, lookups: 1 },
    },
    {
      case: 'a redirect beside all',
      names: record('-all redirect=_spf.example.net'),
      expected: { result: 'fail', lookups: 0 },
    },
    {
      case: 'a redirect to nothing',
      names: record('redirect=_spf.example.net'),
      expected: {
        result: 'permerror',
        problem: 'redirect=_spf.example.net leads to a domain without SPF record',
      },
    },
    {
      case: 'a circle',
      names: record('include:example.net -all'),
      expected: {
        result: 'permerror',
        problem: 'more than 10 lookups are needed (at include:example.net)',
        lookups: 10,
      },
    },
    {
      case: 'eleven lookups',
      names: {
        ...record(`${Array.from({ length: 11 }, (_, i) => `a:h${i}.example.net`).join(' ')} -all`),
        ...Object.fromEntries(
          Array.from({ length: 11 }, (_, i) => [`A h${i}.example.net`, ['198.51.100.1']]),
        ),
      },
      expected: {
        result: 'permerror',
        problem: 'more than 10 lookups are needed (at a:h10.example.net)',
      },
    },
    {
      case: 'names that lead to nothing',
      names: record('a:one.example a:two.example a:three.example -all'),
      expected: {
        result: 'permerror',
        problem: 'more than 2 names lead to nothing, the last of them three.example',
      },
    },
    {
      case: 'an exists with macros',
      names: { ...record('exists:%{ir}.ok.example.net -all'), 'A 7.2.0.192.ok.example.net': ['127.0.0.2'] },
      expected: { result: 'pass' },
    },
    {
      case: 'a name of ours',
      names: {
        ...record('ptr -all'),
        'PTR 7.2.0.192.in-addr.arpa': ['other.example', 'v1.example.net'],
        'A v1.example.net': ['192.0.2.7'],
      },
      expected: { result: 'pass' },
    },
    {
      case: 'a name of ours that does not lead back',
      names: { ...record('ptr -all'), 'PTR 7.2.0.192.in-addr.arpa': ['v1.example.net'] },
      expected: { result: 'fail' },
    },
    {
      case: 'a word that is no term',
      names: record('ipv4:192.0.2.7 -all'),
      expected: {
        result: 'permerror',
        problem: '"ipv4:192.0.2.7" in the record of example.net is no term of SPF',
      },
    },
    {
      case: 'an error after the match',
      names: record('ip4:192.0.2.7 ip4:300.1.1.1 -all'),
      expected: { result: 'permerror' },
    },
    {
      case: 'a modifier that is not known',
      names: record('op=auth ip4:192.0.2.7'),
      expected: { result: 'pass' },
    },
    {
      case: 'a lookup that fails',
      names: { ...record('a:mail.example.net -all'), 'A mail.example.net': 'failed' },
      expected: { result: 'temperror', problem: 'the DNS does not answer about mail.example.net' },
    },
  ])('knows $case', async ({ names, address = asking.address, expected }) => {
    expect(await checkSpf({ ...asking, address }, dnsOf(names))).toMatchObject(expected);
  });

  it('asks for nothing behind the term that decides', async () => {
    const dns = dnsOf(record('ip4:192.0.2.7 include:spf.host.example -all'));

    await checkSpf(asking, dns);

    expect(dns.asked).toEqual(['TXT example.net']);
  });
});

describe('parseSpf', () => {
  it.each([
    'all:x',
    'include',
    'include:',
    'ip4:',
    'ip4:192.0.2.7/33',
    'ip4:2001:db8::1',
    'ip6:192.0.2.7',
    'a/33',
    'mx//129',
    'a:',
    'redirect=',
    'redirect=a redirect=b',
    '-exp=x',
    'a:b/c',
    '%',
  ])('refuses %s', (term) => {
    expect(parseSpf(`v=spf1 ${term}`)).toHaveProperty('bad');
  });
});

describe('expandMacros', () => {
  const source = {
    ip: parseIp('192.0.2.3')!,
    sender: 'strong-bad@email.example.com',
    ehloName: 'mx.example.org',
    domain: 'email.example.com',
  };

  it.each([
    ['%{s}', 'strong-bad@email.example.com'],
    ['%{o}', 'email.example.com'],
    ['%{d}', 'email.example.com'],
    ['%{d4}', 'email.example.com'],
    ['%{d2}', 'example.com'],
    ['%{d1}', 'com'],
    ['%{dr}', 'com.example.email'],
    ['%{d2r}', 'example.email'],
    ['%{l}', 'strong-bad'],
    ['%{l-}', 'strong.bad'],
    ['%{lr}', 'strong-bad'],
    ['%{lr-}', 'bad.strong'],
    ['%{l1r-}', 'strong'],
    ['%{ir}.%{v}._spf.%{d2}', '3.2.0.192.in-addr._spf.example.com'],
    ['%{lr-}.lp._spf.%{d2}', 'bad.strong.lp._spf.example.com'],
    ['%{h}', 'mx.example.org'],
    ['a%%b%_c%-d', 'a%b c%20d'],
  ])('makes of %s %s', (text, expected) => {
    expect(expandMacros(text, source)).toBe(expected);
  });

  it('writes an IPv6 address digit by digit', () => {
    expect(expandMacros('%{ir}.%{v}', { ...source, ip: parseIp('2001:db8::cb01')! })).toBe(
      '1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6',
    );
  });

  it.each(['%', '%{x}', '%{d0}', '%a', '%{d', ''])('refuses %j', (text) => {
    expect(expandMacros(text, source)).toBeUndefined();
  });
});
