import { expect, it } from 'vitest';
import { DnsClient } from '../../src/smtp/dns-client.ts';
import { spfLookups } from '../../src/smtp/spf-lookups.ts';
import { a, mx, ScriptedDns } from './scripted-dns.ts';

it('gives what SPF asks for, in the words of SPF', async () => {
  await using server = await ScriptedDns.listen({
    'TXT example.net': [
      { type: 'TXT', name: 'example.net', ttl: 60, data: ['v=spf1 ip4:192.0.2.7 ', '-all'] },
    ],
    'A example.net': a('example.net', '192.0.2.7'),
    'MX example.net': mx('example.net', [10, 'MX1.example.net']),
    'TXT broken.example': 'SERVFAIL',
    'PTR 7.2.0.192.in-addr.arpa': [
      { type: 'PTR', name: '7.2.0.192.in-addr.arpa', ttl: 60, data: 'V1.example.net' },
    ],
  });
  const dns = new DnsClient({ servers: [server.address], timeoutMs: 1000, tries: 1 });
  const lookups = spfLookups(dns);

  expect(await lookups.texts('example.net')).toEqual(['v=spf1 ip4:192.0.2.7 -all']);
  expect(await lookups.addresses('example.net', 4)).toEqual(['192.0.2.7']);
  expect(await lookups.addresses('example.net', 6)).toEqual([]);
  expect(await lookups.addresses('nowhere.example', 4)).toEqual([]);
  expect(await lookups.mailHosts('example.net')).toEqual(['mx1.example.net']);
  expect(await lookups.names('7.2.0.192.in-addr.arpa')).toEqual(['v1.example.net']);
  expect(await lookups.texts('broken.example')).toBe('failed');

  dns.close();
});
