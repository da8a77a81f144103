import { describe, expect, it } from 'vitest';
import { DestinationPolicies, unlessNeverAsked } from '../../src/domain/destination-policy.ts';
import { providerOfDomain, providerShares } from '../../src/domain/provider-shares.ts';
import type { Route } from '../../src/domain/route.ts';
import { decidedRow, row } from '../pool/rows.ts';

const policies = new DestinationPolicies([
  { of: 'google', kind: 'provider', connections: 2 },
  { of: '.hoster.test', kind: 'suffix', connections: 4, recipientsPerSession: 20 },
  { of: '.eu.hoster.test', kind: 'suffix', secondsBetweenSessions: 15 },
  { of: 'mx9.hoster.test', kind: 'host', probe: 'never' },
  { of: 'alt1.gmail-smtp-in.l.google.com', kind: 'host', connections: 1 },
]);

describe('DestinationPolicies', () => {
  it.each([
    ['ASPMX.l.google.com.', 'google'],
    ['alt1.gmail-smtp-in.l.google.com', 'alt1.gmail-smtp-in.l.google.com'],
    ['mx1.hoster.test', '.hoster.test'],
    ['mx1.eu.hoster.test', '.eu.hoster.test'],
    ['mx9.hoster.test', 'mx9.hoster.test'],
    ['nothoster.test', 'nothoster.test'],
  ])('counts %s among the hosts of %s: the most particular entry', (host, destination) => {
    expect(policies.destinationOf(host)).toBe(destination);
  });

  it.each([
    [
      'google',
      { window: { start: 2, max: 2 }, secondsBetweenSessions: 25, burstSessions: 2, isProbed: true },
    ],
    ['yahoo', { window: { start: 1, max: 1 }, secondsBetweenSessions: 10, burstSessions: 6 }],
    ['.hoster.test', { window: { start: 4, max: 4 }, secondsBetweenSessions: 0 }],
    ['.eu.hoster.test', { window: { start: 2, max: 8 }, secondsBetweenSessions: 15, burstSessions: 1 }],
    ['mx9.hoster.test', { isProbed: false }],
    ['mx.other.test', { window: { start: 2, max: 8 }, secondsBetweenSessions: 0, isProbed: true }],
  ])('deals with %s by the table and what is laid over it', (destination, policy) => {
    expect(policies.of(destination)).toMatchObject(policy);
  });

  it('asks about no more recipients in a transaction than in a session', () => {
    expect(policies.mannersFor('mx1.hoster.test')).toMatchObject({
      rcptsPerSession: 20,
      rcptsPerTransaction: 20,
    });
  });
});

describe('unlessNeverAsked', () => {
  const to = (destination: string): Route => ({ type: 'hosts', hosts: [], destination });
  const isProbed = (destination: string) => destination !== 'outlook';

  it('decides a row whose provider is not to be asked, as unknown and by the operator’s choice', () => {
    expect(unlessNeverAsked(row(1, 'a'), to('outlook'), isProbed).target).toMatchObject({
      type: 'decided',
      verdict: 'unknown',
      reason: 'provider-policy',
    });
  });

  it.each([
    ['goes elsewhere', row(1, 'a'), to('google')],
    ['has no route', row(1, 'a'), undefined],
    ['is decided', decidedRow(1), to('outlook')],
  ])('leaves a row that %s', (_, one, route) => {
    expect(unlessNeverAsked(one, route, isProbed)).toBe(one);
  });
});

describe('providerShares', () => {
  it.each([
    ['gmail.com', 'google'],
    ['hotmail.co.uk', 'outlook'],
    ['live.fr', 'outlook'],
    ['yahoo.com.br', 'yahoo'],
    ['yahoo.co.jp', 'yahoo-japan'],
    ['me.com', 'icloud'],
    ['gmx.de', 'gmx'],
    ['outlook.example.com', undefined],
    ['example.com', undefined],
  ])('knows whose mailboxes %s are: %s', (domain, provider) => {
    expect(providerOfDomain(domain)).toBe(provider);
  });

  it('says what a provider means for a list that is mostly there, by its pace', () => {
    const sample = [
      ...Array<string>(6).fill('a@gmail.com'),
      ...Array<string>(3).fill('b@example.com'),
      'c@yahoo.com',
    ];

    // 6,000 rows at 25 a session and 25 s from one to the next, the first two at once
    expect(providerShares(sample, 10_000, new DestinationPolicies())).toEqual([
      { provider: 'google', share: 0.6, emails: 6_000, perMinute: 60, atLeastSeconds: (240 - 2) * 25 },
    ]);
  });

  it('says nothing of one that has no pace, is never asked, or of an empty sample', () => {
    const free = new DestinationPolicies([{ of: 'google', kind: 'provider', secondsBetweenSessions: 0 }]);
    const never = new DestinationPolicies([{ of: 'google', kind: 'provider', probe: 'never' }]);

    for (const these of [free, never]) expect(providerShares(['a@gmail.com'], 100, these)).toEqual([]);
    expect(providerShares([], 100, free)).toEqual([]);
  });
});
