// The DNS server of the tests answers as a real one would, so what the resolver under test does with it counts.
import { Resolver } from 'node:dns/promises';
import { describe, expect, it } from 'vitest';
import { startDnsServer, type DnsServer } from '../support/internet/dns-server.ts';
import type { Zone } from '../support/internet/zone.ts';

const zone: Zone = {
  'plain.example': {
    mx: [
      { preference: 20, exchange: 'b.plain.example' },
      { preference: 10, exchange: 'a.plain.example' },
    ],
  },
  'a.plain.example': { a: ['127.1.0.1', '127.1.0.2'], aaaa: ['::1'] },
  'null.example': { mx: [{ preference: 0, exchange: '.' }] },
  'bare.example': { a: ['127.1.0.3'] },
  'alias.example': { cname: 'plain.example' },
  'dangling.example': { cname: 'nowhere.example' },
  'large.example': { a: Array.from({ length: 120 }, (_, i) => `127.2.0.${i}`) },
  'tcp.example': { a: ['127.1.0.4'], trouble: { A: { truncate: true } } },
  'servfail.example': { trouble: { any: { rcode: 'SERVFAIL' } } },
  'refused.example': { trouble: { MX: { rcode: 'REFUSED' } }, a: ['127.1.0.5'] },
  'silent.example': { trouble: { any: { drop: true } } },
  'slow.example': { a: ['127.1.0.6'], trouble: { A: { delayMs: 60 } } },
  'recovers.example': { a: ['127.1.0.7'], trouble: { A: { rcode: 'SERVFAIL', times: 1 } } },
};

function resolverOf(server: DnsServer, timeout = 5_000): Resolver {
  const resolver = new Resolver({ timeout, tries: 1 });
  resolver.setServers([server.address]);
  return resolver;
}

describe('startDnsServer', () => {
  it('answers MX, A and AAAA from the zone, without regard to case', async () => {
    await using server = await startDnsServer(zone);
    const resolver = resolverOf(server);

    expect(await resolver.resolveMx('PLAIN.example')).toEqual(
      [
        { priority: 20, exchange: 'b.plain.example', type: 'MX' },
        { priority: 10, exchange: 'a.plain.example', type: 'MX' },
      ].map(({ priority, exchange }) => expect.objectContaining({ priority, exchange })),
    );
    expect(await resolver.resolve4('a.plain.example')).toEqual(['127.1.0.1', '127.1.0.2']);
    expect(await resolver.resolve6('a.plain.example')).toEqual(['::1']);
  });

  it('gives the null MX as an empty exchange', async () => {
    await using server = await startDnsServer(zone);

    expect(await resolverOf(server).resolveMx('null.example')).toEqual([
      expect.objectContaining({ exchange: '', priority: 0 }),
    ]);
  });

  it('follows a CNAME to the records behind it', async () => {
    await using server = await startDnsServer(zone);

    expect(await resolverOf(server).resolveMx('alias.example')).toHaveLength(2);
  });

  it.each([
    { name: 'absent.example', code: 'ENOTFOUND' },
    { name: 'dangling.example', code: 'ENOTFOUND' },
    { name: 'bare.example', code: 'ENODATA' },
    { name: 'servfail.example', code: 'ESERVFAIL' },
    { name: 'refused.example', code: 'EREFUSED' },
    { name: 'silent.example', code: 'ETIMEOUT' },
  ])('answers the MX question for $name so that Node says $code', async ({ name, code }) => {
    await using server = await startDnsServer(zone);

    await expect(
      resolverOf(server, name.startsWith('silent') ? 50 : undefined).resolveMx(name),
    ).rejects.toMatchObject({ code });
  });

  it.each([
    { name: 'large.example', count: 120, why: 'the answer is too long for UDP' },
    { name: 'tcp.example', count: 1, why: 'the zone says so' },
  ])('truncates over UDP and answers over TCP when $why', async ({ name, count }) => {
    await using server = await startDnsServer(zone);

    expect(await resolverOf(server).resolve4(name)).toHaveLength(count);

    expect(server.questions.map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
  });

  it('delays an answer by as much as it was told', async () => {
    await using server = await startDnsServer(zone, { delayMs: 20 });
    const before = performance.now();

    await resolverOf(server).resolve4('slow.example');

    expect(performance.now() - before).toBeGreaterThanOrEqual(75);
  });

  it('ends a trouble after the given number of questions', async () => {
    await using server = await startDnsServer(zone);
    const resolver = resolverOf(server);

    await expect(resolver.resolve4('recovers.example')).rejects.toMatchObject({ code: 'ESERVFAIL' });
    expect(await resolver.resolve4('recovers.example')).toEqual(['127.1.0.7']);
  });

  it('counts and keeps every question', async () => {
    await using server = await startDnsServer(zone);
    const resolver = resolverOf(server);
    await resolver.resolve4('bare.example');
    await resolver.resolve4('bare.example');
    await resolver.resolveMx('bare.example').catch(() => undefined);

    expect(server.countOf('bare.example', 'A')).toBe(2);
    expect(server.countOf('bare.example')).toBe(3);
    expect(server.questions.at(-1)).toMatchObject({ name: 'bare.example', type: 'MX', transport: 'udp' });
  });
});
