import { describe, expect, it } from 'vitest';
import { conclude } from '../../src/domain/conclude.ts';
import { Router, type RouterOptions } from '../../src/smtp/resolve-route.ts';
import { a, aaaa, cname, mx, ScriptedDns, type Zone } from './scripted-dns.ts';

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

const routeOf = (zone: Zone, options?: Partial<RouterOptions>) =>
  withRouter(zone, (router) => router.route('example.com'), options);

const namesOf = async (zone: Zone, options?: Partial<RouterOptions>): Promise<string[]> => {
  const route = await routeOf(zone, options);
  return route.type === 'hosts' ? route.hosts.map(({ name }) => name) : [route.observed.failure];
};

describe('the route of a domain', () => {
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
    expect(asked).toEqual(['MX example.com', 'A example.com', 'AAAA example.com']);
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
      observed: { failure: 'unreachable', detail: `no IPv${ipFamily} address` },
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
      detail: 'no usable name in the MX records',
    },
    {
      name: 'two dots',
      zone: { 'MX example.com': mx('example.com', [0, '.'], [1, '.']) },
      failure: 'no-mail-host',
      detail: 'no usable name in the MX records',
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
