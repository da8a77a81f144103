import { describe, expect, it } from 'vitest';
import { parseAddress, type Address } from '../../src/domain/address.ts';
import { COMMON_DOMAINS, isFreeDomain } from '../../src/domain/free-providers.ts';
import { flagsOf, flagWords } from '../../src/domain/local-flags.ts';
import { likelyMeant } from '../../src/domain/typing-slips.ts';

function address(text: string): Address {
  const parsed = parseAddress(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed;
}

describe('flagsOf', () => {
  it.each([
    ['ann.miller@firm.example', undefined, {}],
    ['info@firm.example', undefined, { role: 'info' }],
    ['No-Reply@firm.example', undefined, { role: 'noreply' }],
    ['sales+web@firm.example', undefined, { role: 'sales' }],
    ['Büro@firm.example', undefined, {}],
    ['buero@firm.example', undefined, { role: 'buero' }],
    ['informer@firm.example', undefined, {}],
    ['ann@gmail.com', 'gmail-smtp-in.l.google.com', { free: true }],
    ['ann@GMIAL.com', undefined, { typo: 'gmail.com' }],
    ['ann@firm.example', 'EU-SMTP-Inbound-1.mimecast.com.', { gateway: 'mimecast' }],
    ['ann@firm.example', 'mx07-001.pphosted.com', { gateway: 'proofpoint' }],
    ['ann@firm.example', 'firm-example.mail.protection.outlook.com', {}],
    ['ann@firm.example', 'mx.notmimecast.com', {}],
    [
      'abuse@hotmail.cmo',
      'mx1.antispamcloud.com',
      { role: 'abuse', typo: 'hotmail.com', gateway: 'spamexperts' },
    ],
  ])('knows of %s at %s: %j', (text, mxHost, flags) => {
    expect(flagsOf(address(text), mxHost)).toEqual(flags);
  });

  it('says them in words, in the same order', () => {
    expect(flagWords({ role: 'info', free: true, typo: 'gmail.com', gateway: 'cisco' })).toEqual([
      'role info',
      'free provider',
      'perhaps gmail.com',
      'behind cisco',
    ]);
    expect(flagWords({})).toEqual([]);
  });
});

describe('likelyMeant', () => {
  it.each([
    'gmial.com',
    'gmal.com',
    'gnail.com',
    'gmaill.com',
    'mgail.com',
    'gmail.con',
    'gmail.cmo',
    'gmail.co',
    'gmail.om',
    'gmial.con',
  ])('takes %s for gmail.com', (domain) => {
    expect(likelyMeant(domain)).toBe('gmail.com');
  });

  it.each([
    ['hotmial.com', 'hotmail.com'],
    ['hotmal.con', 'hotmail.com'],
    ['outlok.com', 'outlook.com'],
    ['yaho.com', 'yahoo.com'],
    ['yahoo.co.ku', 'yahoo.co.uk'],
    ['iclod.com', 'icloud.com'],
    ['aol.con', 'aol.com'],
    ['protonmial.com', 'protonmail.com'],
    ['comcst.net', 'comcast.net'],
  ])('takes %s for %s', (domain, meant) => {
    expect(likelyMeant(domain)).toBe(meant);
  });

  it.each([
    'ymail.com',
    'email.com',
    'mail.com',
    'gmx.de',
    'gmx.ch',
    'web.de',
    'yahoo.ca',
    'google.com',
    'hotel.com',
    'mailbox.com',
    'fmail.com',
    'cloud.com',
    'outlook.cz',
    'firm.example',
    'example.com',
  ])('lets %s be what it is', (domain) => {
    expect(likelyMeant(domain)).toBeUndefined();
  });

  it('never takes a provider for another', () => {
    expect(
      COMMON_DOMAINS.filter((domain) => !isFreeDomain(domain) || likelyMeant(domain) !== undefined),
    ).toEqual([]);
  });
});
