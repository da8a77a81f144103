import { describe, expect, it } from 'vitest';
import type { Failure, FailureObservation, Stage } from '../../src/domain/observation.ts';
import { parseReplyText } from '../../src/domain/reply.ts';
import { MAX_RESPONSE, responseText } from '../../src/domain/response-text.ts';

const host = { host: 'mx1.example.com', ip: '192.0.2.7' };

function failure(name: Failure, about: Partial<FailureObservation> = {}): FailureObservation {
  return { type: 'failure', stage: 'connect', failure: name, ...about };
}

describe('responseText of a reply', () => {
  it.each([
    ['550 5.1.1 no such user', '550 5.1.1 no such user'],
    ['550-5.1.1 The account does\n550-5.1.1 not\n550 5.1.1 exist', '550 5.1.1 The account does not exist'],
    ['550-no\n550 such user', '550 no such user'],
    ['550-5.1.1 a\n550 5.7.1 b', '550 5.1.1 a 5.7.1 b'],
    ['550', '550'],
    ['554 no\u001B[31m\u202E service', '554 no [31m service'],
  ])('is %j on one line', (text, response) => {
    expect(responseText({ type: 'reply', stage: 'rcpt', ...host, reply: parseReplyText(text)! })).toBe(
      response,
    );
  });

  it('has at most as many characters as the column is promised', () => {
    const reply = { code: 550, enhanced: undefined, text: 'x'.repeat(2000) };

    expect(responseText({ type: 'reply', stage: 'rcpt', reply })).toHaveLength(MAX_RESPONSE);
  });
});

describe('responseText of a failure', () => {
  it.each([
    [
      'timeout',
      'greeting',
      {},
      'timeout: no answer from mx1.example.com[192.0.2.7] while awaiting the greeting',
    ],
    [
      'timeout',
      'rcpt',
      {},
      'timeout: no answer from mx1.example.com[192.0.2.7] while awaiting the reply to RCPT TO',
    ],
    ['timeout', 'connect', {}, 'timeout: no answer from mx1.example.com[192.0.2.7] while connecting'],
    ['refused', 'connect', {}, 'Connection refused: mx1.example.com[192.0.2.7] takes no connections'],
    [
      'unreachable',
      'connect',
      { detail: 'EHOSTUNREACH' },
      'failed to connect: mx1.example.com[192.0.2.7] cannot be reached (EHOSTUNREACH)',
    ],
    [
      'lost',
      'mail',
      { detail: 'ECONNRESET' },
      'failed to connect: lost connection with mx1.example.com[192.0.2.7] while awaiting the reply to MAIL FROM (ECONNRESET)',
    ],
    [
      'garbled',
      'ehlo',
      {},
      'failed to connect: mx1.example.com[192.0.2.7] sent no valid SMTP while awaiting the reply to EHLO',
    ],
  ] as const)('words %s at %s', (name, stage: Stage, about, response) => {
    expect(responseText(failure(name, { stage, ...host, ...about }))).toBe(response);
  });

  it.each([
    [
      'dns-failure',
      { detail: 'SERVFAIL' },
      'failed to connect: DNS gave no answer for the domain (SERVFAIL)',
    ],
    [
      'dns-failure',
      { host: 'mx1.example.com', detail: 'SERVFAIL' },
      'failed to connect: DNS gave no answer for mx1.example.com (SERVFAIL)',
    ],
    ['no-such-domain', {}, 'domain does not exist (NXDOMAIN)'],
    ['null-mx', {}, 'null MX: the domain accepts no mail (RFC 7505)'],
    [
      'no-mail-host',
      { detail: '8.8.8.8 is an IP address' },
      'no mail host: the MX records of the domain name no host (8.8.8.8 is an IP address)',
    ],
    [
      'no-mail-host',
      { host: 'mx1.example.com', detail: 'no address' },
      'no mail host: mx1.example.com has no address',
    ],
    [
      'private-host',
      { host: 'mx1.example.com', detail: '10.0.0.1' },
      "no public mail host: every address of the domain's mail hosts is private or reserved (10.0.0.1)",
    ],
  ] as const)('words %s %j of the DNS', (name, about, response) => {
    expect(responseText(failure(name, { stage: 'dns', ...about }))).toBe(response);
  });

  it('begins as the CRM filters by, for whatever the network kept from us and for nothing else', () => {
    const begins = /^(?:timeout: |Connection refused: |failed to connect: )/;
    const network = ['timeout', 'refused', 'unreachable', 'lost', 'garbled', 'dns-failure'] as const;
    const facts = ['no-such-domain', 'null-mx', 'no-mail-host', 'private-host'] as const;

    expect(network.map((name) => responseText(failure(name))).filter((text) => !begins.test(text))).toEqual(
      [],
    );
    expect(facts.map((name) => responseText(failure(name))).filter((text) => begins.test(text))).toEqual([]);
  });

  it('says which host takes no address beyond ASCII', () => {
    const text = 'mx1.example.com[192.0.2.7] does not take addresses beyond ASCII: no SMTPUTF8 (RFC 6531)';

    expect(responseText({ type: 'smtputf8-unsupported', ...host })).toBe(text);
  });

  it('cleans what the system or a host name brought along', () => {
    expect(responseText(failure('lost', { host: 'mx\n1', detail: 'a\u202Eb' }))).toBe(
      'failed to connect: lost connection with mx 1 while connecting (ab)',
    );
  });
});
