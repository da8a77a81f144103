import { describe, expect, it } from 'vitest';
import { DomainFacts } from '../../src/cycle/domain-facts.ts';
import type { CatchAll } from '../../src/domain/catch-all.ts';
import type { Route } from '../../src/domain/route.ts';
import type { LoadedFact } from '../../src/store/domain-facts.ts';
import { someResult } from '../support/some-result.ts';

const via = (...names: string[]): Route => ({
  type: 'hosts',
  hosts: names.map((name) => ({ name, ips: undefined })),
  destination: names[0]!,
});
const known = (domain: string, catchAll: CatchAll, mxSet: string, secondsLeft = 60): LoadedFact => ({
  domain,
  catchAll,
  mxSet,
  secondsLeft,
});

function openFacts(stored: readonly LoadedFact[], maxDomains?: number) {
  const asked: (readonly string[])[] = [];
  let now = 0;
  const facts = new DomainFacts({
    store: {
      loadDomainFacts: async (domains) => {
        asked.push(domains);
        return stored.filter(({ domain }) => domains.includes(domain));
      },
    },
    server: 'alpha',
    now: () => now,
    maxDomains,
  });
  return { facts, asked, pass: (ms: number) => (now += ms) };
}

describe('DomainFacts', () => {
  it('knows what the database knows of a domain with these hosts, and asks once', async () => {
    const { facts, asked } = openFacts([known('a.example', 'yes', 'mx1,mx2')]);
    const routes = new Map([
      ['a.example', via('mx2', 'mx1')],
      ['b.example', via('mx1')],
    ]);

    await facts.load(routes);
    await facts.load(routes);

    expect(asked).toEqual([['a.example', 'b.example']]);
    expect([facts.catchAllOf('a.example'), facts.catchAllOf('b.example')]).toEqual(['yes', undefined]);
  });

  it('ignores a fact about other hosts than today’s', async () => {
    const { facts } = openFacts([known('a.example', 'yes', 'mx1')]);

    await facts.load(new Map([['a.example', via('mx1', 'mx9')]]));

    expect(facts.catchAllOf('a.example')).toBeUndefined();
  });

  it('asks nothing for domains without mail hosts', async () => {
    const { facts, asked } = openFacts([]);

    await facts.load(
      new Map([
        ['a.example', { type: 'none', observed: { type: 'failure', stage: 'dns', failure: 'null-mx' } }],
      ]),
    );

    expect(asked).toEqual([]);
  });

  it('forgets a fact when its time is over', async () => {
    const { facts, pass } = openFacts([known('a.example', 'no', 'mx1', 60)]);
    await facts.load(new Map([['a.example', via('mx1')]]));

    pass(60_000);

    expect(facts.catchAllOf('a.example')).toBeUndefined();
  });

  it('learns with evidence and hosts, for the database and for the next slice', async () => {
    const { facts } = openFacts([]);
    await facts.load(new Map([['xn--bcher-kva.example', via('mx1')]]));

    const learned = facts.learn({ 'xn--bcher-kva.example': 'yes' }, [
      someResult({ email: 'x@Bücher.example', controlCode: 250, controlText: '2.1.5 ok\nfor anybody' }),
    ]);

    expect(learned).toEqual([
      {
        domain: 'xn--bcher-kva.example',
        catchAll: 'yes',
        mxSet: 'mx1',
        evidence: '250 2.1.5 ok for anybody',
        server: 'alpha',
      },
    ]);
    expect(facts.catchAllOf('xn--bcher-kva.example')).toBe('yes');
  });

  it.each([
    { what: 'was put off', said: { controlCode: 450, controlText: '4.2.0 greylisted' }, learns: false },
    { what: 'got no reply', said: {}, learns: false },
    {
      what: 'was refused for policy',
      said: { controlCode: 550, controlText: '5.7.1 blocked' },
      learns: true,
    },
  ])('takes a control recipient that $what for a fact: $learns', async ({ said, learns }) => {
    const { facts } = openFacts([]);
    await facts.load(new Map([['example.com', via('mx1')]]));

    const learned = facts.learn({ 'example.com': 'unknown' }, [someResult(said)]);

    expect(learned.map(({ catchAll }) => catchAll)).toEqual(learns ? ['unknown'] : []);
    expect(facts.catchAllOf('example.com')).toBe(learns ? 'unknown' : undefined);
  });

  it('keeps so many domains and no more', async () => {
    const { facts } = openFacts([known('a.example', 'yes', 'mx1'), known('b.example', 'yes', 'mx1')], 1);

    await facts.load(new Map(['a.example', 'b.example'].map((domain) => [domain, via('mx1')])));

    expect([facts.catchAllOf('a.example'), facts.catchAllOf('b.example')]).toEqual([undefined, 'yes']);
  });
});
