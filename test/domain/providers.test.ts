import { describe, expect, it } from 'vitest';
import { DestinationPolicies } from '../../src/domain/destination-policy.ts';
import { acceptsAnybody, DEFAULT_MANNERS, providerOf, PROVIDERS } from '../../src/domain/providers.ts';

const destinationOf = (host: string) => new DestinationPolicies().destinationOf(host);

describe('providerOf', () => {
  it.each([
    ['gmail-smtp-in.l.google.com', 'google'],
    ['ASPMX2.GoogleMail.com.', 'google'],
    ['smtp.google.com', 'google'],
    ['example-com.mail.protection.outlook.com', 'microsoft365'],
    ['example-com.a-v1.mx.microsoft', 'microsoft365'],
    ['hotmail-com.olc.protection.outlook.com', 'outlook'],
    ['mta5.am0.yahoodns.net', 'yahoo'],
    ['mx01.mail.icloud.com', 'icloud'],
    ['mx00.emig.gmx.net', 'gmx'],
    ['eu-smtp-inbound-1.mimecast.com', 'mimecast'],
    ['mxa-00176a03.gslb.pphosted.com', 'proofpoint'],
    ['mx3.qq.com', 'qq'],
  ])('knows %s as %s', (host, name) => {
    expect(providerOf(host)?.name).toBe(name);
    expect(destinationOf(host)).toBe(name);
  });

  it.each(['mx1.example.com', 'notgoogle.com', 'google.com.example.org', 'protection.outlook.com', ''])(
    'does not know %j',
    (host) => {
      expect(providerOf(host)).toBeUndefined();
      expect(destinationOf(host)).toBe(host);
    },
  );

  it('takes one host for one destination however its name is written', () => {
    expect(destinationOf('MX1.Example.com.')).toBe('mx1.example.com');
  });
});

describe('the provider table', () => {
  it.each([
    ['google', 3, 25, 25],
    ['microsoft365', 3, 25, 25],
    ['outlook', 1, 25, 1],
    ['yahoo', 1, 10, 10],
    ['icloud', 1, 2, 2],
    ['mimecast', 2, 50, 50],
  ])(
    'gives %s %i connections, %i recipients a session, %i a transaction',
    (name, connections, session, transaction) => {
      const provider = PROVIDERS.find((one) => one.name === name);

      expect(provider).toMatchObject({
        connections,
        rcptsPerSession: session,
        rcptsPerTransaction: transaction,
        rejectedPerSession: 8,
      });
    },
  );

  it('names each once, with suffixes that nobody shares', () => {
    const suffixes = PROVIDERS.flatMap((provider) => provider.suffixes);

    expect(new Set(PROVIDERS.map(({ name }) => name)).size).toBe(PROVIDERS.length);
    expect(
      suffixes.filter((suffix, at) =>
        suffixes.some((other, place) => place !== at && suffix.endsWith(other)),
      ),
    ).toEqual([]);
    expect(suffixes.filter((suffix) => !/^\.[a-z0-9.-]+$/.test(suffix))).toEqual([]);
  });

  it('allows no provider more recipients than any other destination, and room for a control recipient', () => {
    expect(
      PROVIDERS.filter(
        ({ rcptsPerSession }) => rcptsPerSession > DEFAULT_MANNERS.rcptsPerSession || rcptsPerSession < 2,
      ),
    ).toEqual([]);
    expect(
      PROVIDERS.filter(({ rcptsPerTransaction, rcptsPerSession }) => rcptsPerTransaction > rcptsPerSession),
    ).toEqual([]);
  });

  it('knows whose 250 says nothing', () => {
    expect(acceptsAnybody('yahoo')).toBe(true);
    expect(acceptsAnybody('google')).toBe(false);
    expect(acceptsAnybody(undefined)).toBe(false);
  });
});
