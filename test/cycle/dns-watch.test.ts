import { describe, expect, it } from 'vitest';
import type { Failure } from '../../src/domain/observation.ts';
import type { Route } from '../../src/domain/route.ts';
import { DnsWatch } from '../../src/cycle/dns-watch.ts';

const HOSTS: Route = { type: 'hosts', hosts: [], destination: 'mx.example' };
const none = (failure: Failure, detail: string): Route => ({
  type: 'none',
  observed: { type: 'failure', stage: 'dns', failure, detail },
});
const SILENT = none('dns-failure', 'ETIMEOUT');

describe('DnsWatch', () => {
  /** The watch over a DNS with these answers; all other domains are silent. */
  const watching = (answers: Readonly<Record<string, Route>>) => {
    const ground = { answers, now: 0, asked: [] as string[], isDead: false };
    const watch = new DnsWatch({
      ownDomain: 'ours.example',
      now: () => ground.now,
      route: async (domain) => {
        ground.asked.push(domain);
        return ground.answers[domain] ?? SILENT;
      },
      routeAnew: async (domain) => {
        ground.asked.push(domain);
        return ground.isDead ? SILENT : { ...(ground.answers[domain] ?? SILENT) };
      },
    });
    return Object.assign(ground, { route: (domain: string) => watch.route(domain) });
  };

  it('gives what the DNS answers, and asks for nothing besides', async () => {
    const dns = watching({ 'a.example': HOSTS });

    expect(await dns.route('a.example')).toBe(HOSTS);
    expect(dns.asked).toEqual(['a.example']);
  });

  it('takes silence about a domain for its own while others are answered', async () => {
    const dns = watching({ 'a.example': HOSTS });

    await dns.route('a.example');
    dns.now = 29_999;

    expect(await dns.route('dead.example')).toBe(SILENT);
    expect(dns.asked).toEqual(['a.example', 'dead.example']);
  });

  it.each([
    { what: 'its hosts', own: HOSTS },
    { what: 'that there is none', own: none('no-such-domain', 'NXDOMAIN') },
  ])('takes it for its own when the DNS tells of ours, be it $what', async ({ own }) => {
    const dns = watching({ 'ours.example': own });

    expect(await dns.route('dead.example')).toBe(SILENT);
    expect(await dns.route('deader.example')).toBe(SILENT);
    expect(dns.asked).toEqual(['dead.example', 'ours.example', 'deader.example']);
  });

  it.each([
    { what: 'from the beginning', first: undefined },
    { what: 'for longer than an answer is trusted', first: 'a.example' },
  ])('says that the DNS answers nothing when it is silent $what', async ({ first }) => {
    const dns = watching({ 'a.example': HOSTS });
    if (first !== undefined) await dns.route(first);
    dns.now = 30_000;

    await expect(dns.route('b.example')).rejects.toMatchObject({
      code: 'NO_CONNECTIONS',
      exitCode: 1,
      message: expect.stringMatching(
        /^the DNS answers nothing, neither about b\.example \(ETIMEOUT\) nor about our own ours\.example; look at DNS_SERVERS/,
      ) as string,
    });
  });

  it('is not deceived by what the DNS answered before it fell silent', async () => {
    const dns = watching({ 'a.example': HOSTS, 'ours.example': { ...HOSTS } });
    await dns.route('a.example');
    dns.now = 30_000;
    await dns.route('dead.example');
    dns.isDead = true;
    dns.now = 60_000;

    await dns.route('a.example');

    await expect(dns.route('b.example')).rejects.toMatchObject({ code: 'NO_CONNECTIONS' });
  });

  it('asks about our own domain once for all who wait for it', async () => {
    const dns = watching({ 'ours.example': HOSTS });

    await Promise.all(['b.example', 'c.example', 'd.example'].map((domain) => dns.route(domain)));

    expect(dns.asked).toEqual(['b.example', 'c.example', 'd.example', 'ours.example']);
  });

  it('takes an answer that came meanwhile', async () => {
    const dns = watching({ 'a.example': HOSTS });

    const [silent, answered] = await Promise.all([dns.route('b.example'), dns.route('a.example')]);

    expect([silent, answered]).toEqual([SILENT, HOSTS]);
  });
});
