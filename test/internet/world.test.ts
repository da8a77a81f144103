// A made world holds together: what its lists expect is what its DNS and hosts say.
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/domain/address.ts';
import { answerRcpt, type Greylist } from '../support/internet/mx-mailboxes.ts';
import type { Visit } from '../support/internet/mx-script.ts';
import { allAddresses, makeWorld, type ExpectedAddress, type World } from '../support/internet/world.ts';
import { DOMAIN_KINDS } from '../support/internet/world-kinds.ts';

const LISTS = [
  { userId: 5, addresses: 1500 },
  { userId: 8, addresses: 800 },
  { userId: 13, addresses: 300 },
];
const visit: Visit = { session: 1, sender: 'probe@verifier.example.net', rcpts: 1, clientIp: '127.0.0.1' };

/** The first host that a correct client gets an answer from, by the DNS alone. */
function hostOf(world: World, domain: string) {
  const known = world.zone[domain];
  const exchanges = known?.mx?.map(({ exchange }) => world.zone[exchange]?.cname ?? exchange) ?? [domain];
  const hosts = exchanges.map((exchange) => world.hosts.find(({ name }) => name === exchange));
  return hosts.find((host) => host?.isDead === undefined);
}

/** The replies now, and after every greylisting has passed. */
function repliesTo(
  world: World,
  { email }: ExpectedAddress,
): { first: string; later: string; control: string; ip: string } {
  const address = parseAddress(email);
  if ('problem' in address) throw new Error(`${email}: ${address.problem}`);
  const host = hostOf(world, address.domain)!;
  const greylist: Greylist = new Map();
  const ask = (local: string, now: number) =>
    answerRcpt(host.script, `${local}@${address.domain}`, visit, greylist, now);
  const first = ask(address.local, 0);
  ask('zq81control', 0);
  return { first, later: ask(address.local, 10_000), control: ask('zq81control', 10_000), ip: host.ip };
}

describe('makeWorld', () => {
  it('gives the same world for the same options and another for another seed', () => {
    const options = { seed: 7, domains: 50, lists: [{ userId: 1, addresses: 200 }] };

    expect(makeWorld(options)).toEqual(makeWorld(options));
    expect(makeWorld({ ...options, seed: 8 }).lists).not.toEqual(makeWorld(options).lists);
  });

  it.each([
    { domains: 2, sizes: [3] },
    { domains: 1, sizes: [1] },
    { domains: 200, sizes: [1500, 800, 300] },
    { domains: 2000, sizes: [10_000, 7_000, 3_000] },
  ])('gives lists of $sizes addresses, none of them twice', ({ domains, sizes }) => {
    const lists = sizes.map((addresses, i) => ({ userId: i + 1, addresses }));

    const world = makeWorld({ seed: 3, domains, lists });

    expect(world.lists.map(({ addresses }) => addresses.length)).toEqual(sizes);
    const emails = allAddresses(world).map(({ email }) => email.toLowerCase());
    expect(new Set(emails).size).toBe(emails.length);
  });

  it('has every kind of domain and mailbox, and every verdict in every list', () => {
    const world = makeWorld({ seed: 1, domains: 200, lists: LISTS, exclusions: true });

    const kinds = new Set(allAddresses(world).map(({ kind }) => kind));
    for (const kind of DOMAIN_KINDS.filter((name) => !['plain', 'idn', 'no-pipelining'].includes(name))) {
      expect(kinds).toContain(kind);
    }
    for (const kind of [
      'accepted',
      'unusual',
      'plus',
      'unknown',
      'disabled',
      'full',
      'greylisted',
      'temporary',
    ]) {
      expect(kinds).toContain(kind);
    }
    for (const { addresses } of world.lists) {
      expect(new Set(addresses.map(({ verdict }) => verdict))).toEqual(
        new Set(['valid', 'invalid', 'catch-all', 'disposable', 'unknown']),
      );
    }
  });

  it('leaves out the kinds it is told to', () => {
    const world = makeWorld({ seed: 1, domains: 100, lists: LISTS, without: ['silent', 'catch-all'] });

    const kinds = allAddresses(world).map(({ kind }) => kind);
    expect(kinds).not.toContain('silent');
    expect(kinds).not.toContain('catch-all');
  });

  it('gives only addresses that parse, apart from those meant not to', () => {
    for (const { email, kind } of allAddresses(makeWorld({ seed: 2, domains: 200, lists: LISTS }))) {
      expect({ email, impossible: 'problem' in parseAddress(email) }).toEqual({
        email,
        impossible: kind === 'syntax',
      });
    }
  });

  it.each(['shared', 'own'] as const)('has hosts (%s) that mean what the lists expect', (hosting) => {
    const world = makeWorld({ seed: 4, domains: 200, lists: LISTS, hosting });
    const answered = allAddresses(world).filter(
      ({ reason }) => reason === 'accepted' || reason === 'accepts-all' || reason.startsWith('mailbox-'),
    );

    expect(answered.length).toBeGreaterThan(2000);
    for (const expected of answered) {
      const { later, control, ip } = repliesTo(world, expected);
      const isAccepted = expected.verdict === 'valid' || expected.verdict === 'catch-all';
      expect({ ...expected, later }).toMatchObject({
        later: expect.stringMatching(isAccepted ? /^250/ : /^[45]\d\d/),
      });
      expect({ ...expected, control: control.startsWith('250') }).toMatchObject({
        control: expected.verdict === 'catch-all',
      });
      if (isAccepted) expect(expected.ip).toBe(ip);
    }
  });

  it('greylists what it says it greylists', () => {
    const world = makeWorld({ seed: 5, domains: 200, lists: LISTS });
    const greylisted = allAddresses(world).filter(({ kind }) => kind === 'greylisted');

    for (const expected of greylisted) expect(repliesTo(world, expected).first).toMatch(/^45\d/);
    expect(greylisted.length).toBeGreaterThan(10);
  });

  it('gives every host an address of its own', () => {
    const { hosts } = makeWorld({ seed: 6, domains: 2000, lists: LISTS, hosting: 'own' });

    expect(hosts.length).toBeGreaterThan(1800);
    expect(new Set(hosts.map(({ ip }) => ip)).size).toBe(hosts.length);
  });

  it('deals addresses to domains by rank, the first having many times what the last has', () => {
    const world = makeWorld({ seed: 9, domains: 200, lists: LISTS });
    const byDomain = new Map<string, number>();
    for (const { email, kind } of allAddresses(world)) {
      if (kind === 'syntax' || kind === 'disposable') continue;
      const domain = email.slice(email.lastIndexOf('@') + 1);
      byDomain.set(domain, (byDomain.get(domain) ?? 0) + 1);
    }
    const counts = [...byDomain.values()].toSorted((a, b) => b - a);

    expect(counts[0]! / counts.at(-1)!).toBeGreaterThan(50);
    expect(byDomain.size).toBe(200);
  });
});
