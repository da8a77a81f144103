import { describe, expect, it } from 'vitest';
import { conclude } from '../../src/domain/conclude.ts';
import { Router, troubleMsFor, type RouterOptions } from '../../src/smtp/resolve-route.ts';
import type { Answer } from 'dns-packet';
import { a, aaaa, cname, mx, ScriptedDns, type Mangled, type Zone } from './scripted-dns.ts';
import { warningsDuring } from '../support/node-warnings.ts';

const PUBLIC = ['8.8.4.4', '1.1.1.1', '9.9.9.9'] as const;

async function withRouter<T>(
  zone: Zone,
  ask: (router: Router, dns: ScriptedDns) => Promise<T>,
  options: Partial<RouterOptions> = {},
): Promise<T> {
  await using dns = await ScriptedDns.listen(zone);
  const router = new Router({
    servers: [dns.address],
    timeoutMs: 150,
    tries: 1,
    allowPrivateMx: false,
    ipFamily: 'any',
    random: () => 0,
    troubleMs: 60_000,
    ...options,
  });
  try {
    return await ask(router, dns);
  } finally {
    router.close();
  }
}

const loop = (name: string, target: string): Zone =>
  Object.fromEntries(['A', 'AAAA', 'CNAME'].map((type) => [`${type} ${name}`, [cname(name, target)]]));

const mangled = (mangle: Mangled['mangle'], answers = mx('example.com', [1, 'mx.example.com'])): Mangled => ({
  answers,
  mangle,
});
const flipped = (message: Buffer, place: number, bits: number): Buffer => {
  message[place]! ^= bits;
  return message;
};
const txt = (name: string): Answer[] => [{ type: 'TXT', name, ttl: 60, data: 'v=spf1 -all' }];

const routeOf = (zone: Zone, options?: Partial<RouterOptions>, withoutTcp = false) =>
  withRouter(
    zone,
    async (router, dns) => {
      if (withoutTcp) await dns.closeTcp();
      return router.route('example.com');
    },
    options,
  );

const namesOf = async (zone: Zone, options?: Partial<RouterOptions>): Promise<string[]> => {
  const route = await routeOf(zone, options);
  return route.type === 'hosts' ? route.hosts.map(({ name }) => name) : [route.observed.failure];
};

describe('the route of a domain', () => {
  it('is asked for of many domains at once, though each question twice, and Node has nothing to warn of', async () => {
    const domains = Array.from({ length: 30 }, (_, nth) => `d${nth}.example`);
    const nothing = Object.fromEntries(
      domains.flatMap((domain) => ['MX', 'A', 'AAAA'].map((type) => [`${type} ${domain}`, []])),
    );
    let peak = 0;

    const warnings = await warningsDuring(() =>
      withRouter(nothing, async (router, dns) => {
        await Promise.all(domains.map((domain) => router.route(domain)));
        peak = dns.peak;
      }),
    );

    expect(peak).toBeGreaterThan(10);
    expect(warnings).toEqual([]);
  });

  it('lists its hosts by preference, the first with its addresses', async () => {
    const route = await routeOf({
      'MX example.com': mx(
        'example.com',
        [20, 'mx2.example.com'],
        [10, 'MX1.example.com'],
        [30, 'mx3.example.com'],
      ),
      'A mx1.example.com': a('mx1.example.com', ...PUBLIC),
    });

    expect(route).toMatchObject({
      type: 'hosts',
      hosts: [
        { name: 'mx1.example.com', ips: expect.arrayContaining([...PUBLIC]) },
        { name: 'mx2.example.com', ips: undefined },
        { name: 'mx3.example.com', ips: undefined },
      ],
    });
  });

  it('draws lots among equal preferences', async () => {
    const zone = {
      'MX example.com': mx(
        'example.com',
        [5, 'a.example.com'],
        [5, 'b.example.com'],
        [1, 'first.example.com'],
        [5, 'c.example.com'],
      ),
      'A first.example.com': a('first.example.com', PUBLIC[0]),
    };
    const orders = [
      [0.1, 0.2, 0.9, 0.3],
      [0.9, 0.5, 0.1, 0.2],
    ];
    const names = await Promise.all(orders.map((lots) => namesOf(zone, { random: () => lots.shift()! })));

    for (const order of names) expect(order[0]).toBe('first.example.com');
    expect(names[0]!.toSorted()).toEqual(names[1]!.toSorted());
    expect(names[0]).not.toEqual(names[1]);
  });

  it('is the domain itself when it has no MX', async () => {
    const route = await routeOf({ 'A example.com': a('example.com', PUBLIC[0]) });

    expect(route).toMatchObject({ type: 'hosts', hosts: [{ name: 'example.com', ips: [PUBLIC[0]] }] });
  });

  it('takes IPv6 where there is no IPv4, and asks for it only then', async () => {
    const zone = { 'AAAA example.com': aaaa('example.com', '2606:4700::1111') };
    const [route, asked] = await withRouter(zone, async (router, dns) => [
      await router.route('example.com'),
      dns.asked,
    ]);

    expect(route).toMatchObject({ type: 'hosts', hosts: [{ ips: ['2606:4700::1111'] }] });
    // That there is no MX is asked twice: nothing is built on an answer that may mean something else.
    expect(asked.toSorted()).toEqual([
      'A example.com',
      'AAAA example.com',
      'MX example.com',
      'MX example.com',
    ]);
  });

  it.each([
    { ipFamily: '4', found: { type: 'hosts', hosts: [{ ips: ['8.8.4.4'] }] } },
    { ipFamily: '6', found: { type: 'hosts', hosts: [{ ips: ['2606:4700::1111'] }] } },
    { ipFamily: 'any', found: { type: 'hosts', hosts: [{ ips: ['8.8.4.4'] }] } },
  ] as const)('takes addresses of the family that is wanted ($ipFamily)', async ({ ipFamily, found }) => {
    const zone = {
      'A example.com': a('example.com', PUBLIC[0]),
      'AAAA example.com': aaaa('example.com', '2606:4700::1111'),
    };

    expect(await routeOf(zone, { ipFamily })).toMatchObject(found);
  });

  it.each([
    { ipFamily: '4', zone: { 'AAAA example.com': aaaa('example.com', '2606:4700::1111') } },
    { ipFamily: '6', zone: { 'A example.com': a('example.com', PUBLIC[0]) } },
  ] as const)('is not denied for want of an IPv$ipFamily address', async ({ ipFamily, zone }) => {
    const route = await routeOf(zone, { ipFamily });

    expect(route).toMatchObject({
      type: 'none',
      observed: { failure: 'unreachable', detail: `no public IPv${ipFamily} address` },
    });
    expect(route.type === 'none' && conclude({ real: route.observed }).verdict).toBe('retry');
  });

  it.each([
    { name: 'NXDOMAIN', zone: {}, failure: 'no-such-domain', detail: 'NXDOMAIN' },
    { name: 'SERVFAIL', zone: { 'MX example.com': 'SERVFAIL' }, failure: 'dns-failure', detail: 'SERVFAIL' },
    { name: 'REFUSED', zone: { 'MX example.com': 'REFUSED' }, failure: 'dns-failure', detail: 'REFUSED' },
    { name: 'silence', zone: { 'MX example.com': 'SILENCE' }, failure: 'dns-failure', detail: 'TIMEOUT' },
    {
      name: 'null MX',
      zone: { 'MX example.com': mx('example.com', [0, '.']) },
      failure: 'null-mx',
      detail: undefined,
    },
    {
      name: 'neither MX nor address',
      zone: { 'TXT example.com': [] },
      failure: 'no-mail-host',
      detail: 'no address',
    },
    {
      name: 'no MX, and the address not to be found out',
      zone: { 'A example.com': 'SERVFAIL' },
      failure: 'dns-failure',
      detail: 'SERVFAIL',
    },
    {
      name: 'MX hosts without addresses, although the domain has one',
      zone: {
        'MX example.com': mx('example.com', [1, 'gone.example.net']),
        'A example.com': a('example.com', PUBLIC[0]),
      },
      failure: 'no-mail-host',
      detail: 'NXDOMAIN',
    },
    {
      name: 'an MX that is an IP address',
      zone: { 'MX example.com': mx('example.com', [1, '8.8.8.8']), 'A 8.8.8.8': a('8.8.8.8', '8.8.8.8') },
      failure: 'no-mail-host',
      detail: '8.8.8.8 is an IP address',
    },
    {
      name: 'an MX that is no host name',
      zone: { 'MX example.com': mx('example.com', [1, 'a/b.example.com'], [2, '8.8.8.8']) },
      failure: 'unreachable',
      detail: '"a/b.example.com" is no host name',
    },
    {
      name: 'two dots',
      zone: { 'MX example.com': mx('example.com', [0, '.'], [1, '.']) },
      failure: 'no-mail-host',
      detail: 'null MX, several times',
    },
    {
      name: 'private hosts only',
      zone: {
        'MX example.com': mx('example.com', [1, 'a.example.com'], [2, 'b.example.com']),
        'A a.example.com': a('a.example.com', '127.0.0.1', '10.0.0.1'),
      },
      failure: 'private-host',
      detail: '127.0.0.1',
    },
    {
      name: 'a host without address and one not to be found out',
      zone: {
        'MX example.com': mx('example.com', [1, 'a.example.com'], [2, 'b.example.com'], [3, 'c.example.com']),
        'A a.example.com': a('a.example.com', '10.0.0.1'),
        'A b.example.com': 'SERVFAIL',
      },
      failure: 'dns-failure',
      detail: 'SERVFAIL',
    },
  ] as { name: string; zone: Zone; failure: string; detail: string | undefined }[])(
    'with $name is $failure',
    async ({ zone, failure, detail }) => {
      expect(await routeOf(zone)).toMatchObject({
        type: 'none',
        observed: { stage: 'dns', failure, detail },
      });
    },
  );

  it.each([
    ...(
      ['YXDOMAIN', 'YXRRSET', 'NXRRSET', 'NOTAUTH', 'NOTZONE', 'DSOTYPENI', 'FORMERR', 'NOTIMP'] as const
    ).map((rcode) => ({ name: rcode, answer: rcode, detail: rcode })),
    { name: 'half an answer', answer: mangled((message) => message.subarray(0, -3)), detail: 'BADRESP' },
    { name: 'a header alone', answer: mangled((message) => message.subarray(0, 12)), detail: 'BADRESP' },
    { name: 'bytes', answer: mangled(() => Buffer.from('hello, world')), detail: 'BADRESP' },
    { name: 'nothing', answer: mangled(() => Buffer.alloc(0)), detail: 'TIMEOUT' },
    { name: 'the id of another', answer: mangled((message) => flipped(message, 1, 1)), detail: 'TIMEOUT' },
    { name: 'another question', answer: mangled((message) => flipped(message, 13, 1)), detail: 'TIMEOUT' },
    { name: 'a count that lies', answer: mangled((message) => flipped(message, 7, 4)), detail: 'BADRESP' },
    {
      name: 'what is no response',
      answer: mangled((message) => flipped(message, 2, 0x80), []),
      detail: 'TIMEOUT',
    },
    {
      name: 'a cut without TCP',
      answer: mangled((message) => flipped(message, 2, 0x02)),
      detail: 'CONNREFUSED',
      withoutTcp: true,
    },
    { name: 'records of another kind', answer: txt('example.com'), detail: 'an answer to another question' },
  ] as { name: string; answer: Zone[string]; detail: string; withoutTcp?: boolean }[])(
    'answered with $name is not known, whatever was asked',
    async ({ answer, detail, withoutTcp = false }) => {
      const aboutDomain = { 'MX example.com': answer, 'A example.com': a('example.com', PUBLIC[0]) };
      const aboutHost = {
        'MX example.com': mx('example.com', [1, 'mx.example.com']),
        'A mx.example.com': answer,
        'AAAA mx.example.com': answer,
        'CNAME mx.example.com': answer,
      };

      for (const zone of [aboutDomain, aboutHost]) {
        const route = await routeOf(zone, {}, withoutTcp);
        expect(route).toMatchObject({ type: 'none', observed: { stage: 'dns', failure: 'dns-failure' } });
        if (zone === aboutDomain) expect(route).toMatchObject({ observed: { detail } });
        expect(route.type === 'none' && conclude({ real: route.observed }).verdict).toBe('retry');
      }
    },
  );

  it.each(['AAAA', 'A'] as const)('is not denied while its %s record is not known', async (type) => {
    const zone = {
      'MX example.com': mx('example.com', [1, 'mx.example.com']),
      [`${type} mx.example.com`]: 'YXDOMAIN',
    };

    expect(await routeOf(zone as Zone)).toMatchObject({
      observed: { failure: 'dns-failure', detail: 'YXDOMAIN' },
    });
  });

  it.each([
    { ipFamily: 'any', a: '10.0.0.1', aaaa: '2606:4700::1111', found: ['2606:4700::1111'] },
    { ipFamily: 'any', a: '8.8.4.4', aaaa: 'fd00::1', found: ['8.8.4.4'] },
    { ipFamily: 'any', a: '10.0.0.1', aaaa: 'fd00::1', found: 'private-host' },
    { ipFamily: 'any', a: '10.0.0.1', aaaa: undefined, found: 'private-host' },
    { ipFamily: 'any', a: undefined, aaaa: 'fd00::1', found: 'private-host' },
    { ipFamily: '4', a: '10.0.0.1', aaaa: '2606:4700::1111', found: 'unreachable' },
    { ipFamily: '4', a: '10.0.0.1', aaaa: 'fd00::1', found: 'private-host' },
    { ipFamily: '4', a: '8.8.4.4', aaaa: 'fd00::1', found: ['8.8.4.4'] },
    { ipFamily: '6', a: '8.8.4.4', aaaa: 'fd00::1', found: 'unreachable' },
    { ipFamily: '6', a: '10.0.0.1', aaaa: 'fd00::1', found: 'private-host' },
    { ipFamily: '6', a: '10.0.0.1', aaaa: undefined, found: 'private-host' },
    { ipFamily: '6', a: '10.0.0.1', aaaa: '2606:4700::1111', found: ['2606:4700::1111'] },
  ] as const)('with A $a and AAAA $aaaa (SMTP_IP_FAMILY=$ipFamily) comes to $found', async (addresses) => {
    const zone = {
      'MX example.com': mx('example.com', [1, 'mx.example.com']),
      'A mx.example.com': addresses.a === undefined ? [] : a('mx.example.com', addresses.a),
      'AAAA mx.example.com': addresses.aaaa === undefined ? [] : aaaa('mx.example.com', addresses.aaaa),
    };

    const route = await routeOf(zone, { ipFamily: addresses.ipFamily });

    expect(route.type === 'hosts' ? route.hosts[0]?.ips : route.observed.failure).toEqual(addresses.found);
  });

  it.each(['SERVFAIL', 'SILENCE'] as const)('is not called private while its AAAA is %s', async (trouble) => {
    const zone = { 'A example.com': a('example.com', '10.0.0.1'), 'AAAA example.com': trouble };

    expect(await routeOf(zone)).toMatchObject({ observed: { failure: 'dns-failure' } });
  });

  it('is not denied by a server that denies the name for want of an AAAA', async () => {
    const zone = { 'A example.com': a('example.com', PUBLIC[0]), 'AAAA example.com': 'NXDOMAIN' } as const;

    expect(await routeOf(zone, { ipFamily: '6' })).toMatchObject({ observed: { failure: 'unreachable' } });
  });

  it('begins with the first host that has an address, wherever it stands', async () => {
    const names = Array.from({ length: 60 }, (_, nth) => `mx${nth}.example.com`);
    const zone = {
      'MX example.com': mx('example.com', ...names.map((name, nth) => [nth, name] as const)),
      'A mx57.example.com': a('mx57.example.com', PUBLIC[0]),
    };

    expect(await namesOf(zone)).toEqual(['mx57.example.com', 'mx58.example.com', 'mx59.example.com']);
  });

  it('is not denied by a hundred hosts without address when there are more', async () => {
    const names = Array.from({ length: 120 }, (_, nth) => `mx${nth}.example.com`);
    const zone = {
      'MX example.com': mx('example.com', ...names.map((name, nth) => [nth, name] as const)),
    };

    const { route, questions } = await withRouter(zone, async (router) => ({
      route: await router.route('example.com'),
      questions: router.questions,
    }));

    expect(route).toMatchObject({
      observed: {
        failure: 'unreachable',
        detail: 'none of the first 100 of 120 mail hosts can be dialled',
      },
    });
    expect(questions).toBeLessThan(120);
  });

  it('is given up when the DNS tells nothing of five hosts', async () => {
    const names = Array.from({ length: 60 }, (_, nth) => `mx${nth}.example.com`);
    const zone: Zone = {
      'MX example.com': mx('example.com', ...names.map((name, nth) => [nth, name] as const)),
      ...Object.fromEntries(names.map((name) => [`A ${name}`, 'SERVFAIL' as const])),
    };

    await withRouter(zone, async (router) => {
      expect(await router.route('example.com')).toMatchObject({ observed: { failure: 'dns-failure' } });
      expect(router.questions).toBe(6);
    });
  });

  it('may be a host that names itself', async () => {
    const zone = {
      'MX example.com': mx('example.com', [1, 'example.com']),
      'A example.com': a('example.com', PUBLIC[0]),
    };

    expect(await namesOf(zone)).toEqual(['example.com']);
  });

  it('ignores a dot beside other hosts', async () => {
    const zone = {
      'MX example.com': mx('example.com', [0, '.'], [1, 'mx.example.com']),
      'A mx.example.com': a('mx.example.com', PUBLIC[0]),
    };

    expect(await namesOf(zone)).toEqual(['mx.example.com']);
  });

  it('begins with the first host that can be dialled, and leaves out private addresses', async () => {
    const route = await routeOf({
      'MX example.com': mx('example.com', [1, 'a.example.com'], [2, 'b.example.com'], [3, 'c.example.com']),
      'A a.example.com': a('a.example.com', '192.168.0.1'),
      'A b.example.com': a('b.example.com', '10.0.0.1', PUBLIC[1]),
    });

    expect(route).toMatchObject({
      hosts: [
        { name: 'b.example.com', ips: [PUBLIC[1]] },
        { name: 'c.example.com', ips: undefined },
      ],
    });
  });

  it('may lead to private addresses where that is allowed', async () => {
    const route = await routeOf({ 'A example.com': a('example.com', '127.0.0.2') }, { allowPrivateMx: true });

    expect(route).toMatchObject({ hosts: [{ ips: ['127.0.0.2'] }] });
  });

  it('keeps at most 20 hosts and 4 addresses, also of an answer that needs TCP', async () => {
    const hosts = Array.from(
      { length: 100 },
      (_, nth) => [nth, `mx${nth}.a-rather-long-name.example.com`] as const,
    );
    const ips = Array.from({ length: 60 }, (_, nth) => `8.8.8.${nth + 1}`);
    const zone = {
      'MX example.com': mx('example.com', ...hosts),
      [`A ${hosts[0]![1]}`]: a(hosts[0]![1], ...ips),
    };

    await withRouter(zone, async (router, dns) => {
      const route = await router.route('example.com');

      expect(route.type === 'hosts' && route.hosts.map(({ name }) => name)).toEqual(
        hosts.slice(0, 20).map(([, name]) => name),
      );
      expect(route.type === 'hosts' && route.hosts[0]?.ips).toHaveLength(4);
      expect(dns.askedByTcp).toContain('MX example.com');
    });
  });

  it.each(['a\tb.example.com', '-a b.example.com', '<script>.example.com', "a'b.example.com"])(
    'never holds a host called %j',
    async (hostile) => {
      const zone = {
        'MX example.com': mx('example.com', [1, hostile], [2, 'mx.example.com']),
        [`A ${hostile}`]: a(hostile, PUBLIC[0]),
        'A mx.example.com': a('mx.example.com', PUBLIC[1]),
      };

      // The resolver refuses such an answer as a whole, or hands it on and the name is left out.
      expect([['mx.example.com'], ['dns-failure']]).toContainEqual(await namesOf(zone));
    },
  );
});

describe('CNAMEs', () => {
  it.each([
    {
      name: 'the MX of its target',
      target: {
        'MX b.example.net': mx('b.example.net', [1, 'mx.b.example.net']),
        'A mx.b.example.net': a('mx.b.example.net', PUBLIC[0]),
      },
      host: 'mx.b.example.net',
    },
    {
      name: 'its target itself',
      target: { 'A b.example.net': a('b.example.net', PUBLIC[0]) },
      host: 'b.example.net',
    },
    { name: 'nowhere', target: { 'MX b.example.net': mx('b.example.net', [0, '.']) }, host: 'null-mx' },
  ] as { name: string; target: Zone; host: string }[])(
    'at the domain lead to $name',
    async ({ target, host }) => {
      const alias = [cname('example.com', 'b.example.net')];
      const zone = { 'MX example.com': alias, 'A example.com': alias, 'CNAME example.com': alias, ...target };

      expect(await namesOf(zone)).toEqual([host]);
    },
  );

  it('at the domain that go in a circle are trouble of the DNS', async () => {
    const circle = (name: string, target: string): Zone => ({
      [`MX ${name}`]: [cname(name, target)],
      ...loop(name, target),
    });
    const zone = { ...circle('example.com', 'b.example.net'), ...circle('b.example.net', 'example.com') };

    expect(await routeOf(zone)).toMatchObject({ observed: { failure: 'dns-failure', detail: 'CNAME loop' } });
  });

  it('are followed where the resolver has done so', async () => {
    const zone = {
      'MX example.com': mx('example.com', [1, 'mx.example.com']),
      'A mx.example.com': [cname('mx.example.com', 'real.example.net'), ...a('real.example.net', PUBLIC[0])],
    };

    expect(await routeOf(zone)).toMatchObject({ hosts: [{ name: 'mx.example.com', ips: [PUBLIC[0]] }] });
  });

  it('are followed where the resolver has not', async () => {
    const alias = [cname('mx.example.com', 'real.example.net')];
    const zone = {
      'MX example.com': mx('example.com', [1, 'mx.example.com']),
      'A mx.example.com': alias,
      'AAAA mx.example.com': alias,
      'CNAME mx.example.com': alias,
      'A real.example.net': a('real.example.net', PUBLIC[0]),
    };

    expect(await routeOf(zone)).toMatchObject({ hosts: [{ name: 'mx.example.com', ips: [PUBLIC[0]] }] });
  });

  it('that go in a circle are trouble of the DNS', async () => {
    const zone = {
      'MX example.com': mx('example.com', [1, 'a.example.com']),
      ...loop('a.example.com', 'b.example.com'),
      ...loop('b.example.com', 'a.example.com'),
    };

    expect(await routeOf(zone)).toMatchObject({ observed: { failure: 'dns-failure', detail: 'CNAME loop' } });
  });
});

describe('Router', () => {
  it('asks one MX question a domain and one address question a host', async () => {
    const zone = {
      'MX example.com': mx('example.com', [1, 'mx.example.net']),
      'MX example.org': mx('example.org', [1, 'mx.example.net']),
      'A mx.example.net': a('mx.example.net', PUBLIC[0]),
    };

    await withRouter(zone, async (router, dns) => {
      await Promise.all(
        ['example.com', 'example.org', 'example.com', 'example.org'].map((domain) => router.route(domain)),
      );
      await router.route('example.com');
      await router.addressesOf('mx.example.net');

      expect(dns.asked.toSorted()).toEqual(['A mx.example.net', 'MX example.com', 'MX example.org']);
      expect(router.questions).toBe(3);
    });
  });

  it('asks about a domain again where it is to ask anew', async () => {
    const zone = {
      'MX example.com': mx('example.com', [1, 'mx.example.net']),
      'A mx.example.net': a('mx.example.net', PUBLIC[0]),
    };

    await withRouter(zone, async (router, dns) => {
      const known = await router.route('example.com');
      const anew = await router.routeAnew('example.com');

      expect(anew).toEqual(known);
      expect(dns.asked).toEqual(['MX example.com', 'A mx.example.net', 'MX example.com']);
    });
  });

  it.each([
    { schedule: [1, 2], kept: false },
    { schedule: [5], kept: true },
    { schedule: [], kept: true },
  ])('asks a DNS that was silent again when rows are tried again ($schedule)', async ({ schedule, kept }) => {
    const zone: Zone = { 'MX example.com': 'SERVFAIL' };

    await withRouter(
      zone,
      async (router) => {
        await router.route('example.com');
        await router.route('example.com');

        expect(router.questions).toBe(kept ? 1 : 2);
      },
      { troubleMs: troubleMsFor(schedule) },
    );
  });

  it('has at most 100 questions in flight', async () => {
    const domains = Array.from({ length: 400 }, (_, nth) => `d${nth}.example.com`);

    await withRouter(
      {},
      async (router, dns) => {
        const routes = await Promise.all(domains.map((domain) => router.route(domain)));

        expect(
          routes.every((route) => route.type === 'none' && route.observed.failure === 'no-such-domain'),
        ).toBe(true);
        expect(dns.peak).toBeLessThanOrEqual(100);
        expect(router.questions).toBe(400);
      },
      { timeoutMs: 2000 },
    );
  });

  it.each([
    { name: 'private', ips: ['10.0.0.1'], failure: 'private-host' },
    { name: 'missing', ips: [], failure: 'no-mail-host' },
  ])('tells why a host has no address to dial: $name', async ({ ips, failure }) => {
    const observed = await withRouter({ 'A mx.example.com': a('mx.example.com', ...ips) }, (router) =>
      router.addressesOf('mx.example.com'),
    );

    expect(observed).toMatchObject({ type: 'failure', stage: 'dns', host: 'mx.example.com', failure });
  });

  it('ends what it was asked as dns-failure when it is closed', async () => {
    const zone: Zone = { 'MX example.com': 'SILENCE' };

    await withRouter(
      zone,
      async (router) => {
        const asked = router.route('example.com');
        router.close();

        expect(await asked).toMatchObject({ observed: { failure: 'dns-failure', detail: 'CANCELLED' } });
        expect(await router.route('example.org')).toMatchObject({ observed: { failure: 'dns-failure' } });
      },
      { timeoutMs: 5000 },
    );
  });
});
