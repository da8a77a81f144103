import { describe, expect, it } from 'vitest';
import { judgeAddresses } from '../../../src/cli/doctor/our-addresses.ts';
import {
  isSecondary,
  judgeName,
  judgeReverseName,
  judgeSpf,
  remarkOnList,
} from '../../../src/cli/doctor/our-name.ts';
import { judgeResolver } from '../../../src/cli/doctor/dns.ts';
import { judgeGreeting } from '../../../src/cli/doctor/way-out.ts';
import type { Greeting } from '../../../src/smtp/hear-greeting.ts';

const OURS = '198.51.100.7';
const NAME = 'v1.example.net';

it.each([
  [{ ips: [OURS], from: 'said', local: [], isProxied: false }, 'ok', '198.51.100.7, as --address says'],
  [
    { ips: [OURS, '2001:db8::7'], from: 'local', local: [OURS], isProxied: false },
    'ok',
    '198.51.100.7 and 2001:db8::7, which this machine speaks from',
  ],
  [
    { ips: [OURS], from: 'assumed', local: ['10.0.0.5'], isProxied: false },
    'warning',
    'this machine has 10.0.0.5, which the internet does not see (NAT); 198.51.100.7 is taken for ours',
  ],
  [
    { ips: [], from: 'nowhere', local: [], isProxied: false },
    'warning',
    'not known: this machine has no route to the internet',
  ],
  [
    { ips: [], from: 'nowhere', local: [OURS], isProxied: true },
    'warning',
    'not known: mail hosts are reached through a proxy',
  ],
] as const)('judges addresses %j as %s', (addresses, grade, says) => {
  const remark = judgeAddresses(addresses);

  expect(remark.grade).toBe(grade);
  expect(remark.text).toContain(says);
});

it.each([
  { case: 'a name that leads to us', found: [OURS], ours: [OURS], grade: 'ok' },
  {
    case: 'a name with another form of our address',
    found: ['2001:DB8::0:7'],
    ours: ['2001:db8::7'],
    grade: 'ok',
  },
  { case: 'a name that leads elsewhere', found: ['192.0.2.1'], ours: [OURS], grade: 'failure' },
  {
    case: 'a name that leads to one of our addresses only',
    found: [OURS],
    ours: [OURS, '2001:db8::7'],
    grade: 'failure',
  },
  { case: 'a name that leads nowhere', found: [], ours: [OURS], grade: 'failure' },
  { case: 'a name, while our address is not known', found: [OURS], ours: [], grade: 'ok' },
])('judges $case: $grade', ({ found, ours, grade }) => {
  expect(judgeName(NAME, found, ours).grade).toBe(grade);
});

it.each([
  ['2001:db8::7', [OURS, '2001:db8::7'], 'any', true],
  [OURS, [OURS, '2001:db8::7'], 'any', false],
  ['2001:db8::7', ['2001:db8::7'], 'any', false],
  ['2001:db8::7', [OURS, '2001:db8::7'], '6', false],
] as const)('takes %s of %j with SMTP_IP_FAMILY=%s for seldom used: %s', (ip, ips, family, expected) => {
  expect(isSecondary(ip, ips, family)).toBe(expected);
});

it.each([
  { case: 'no reverse name', names: [], grade: 'failure' },
  { case: 'the name that we greet with', names: [{ name: NAME, isConfirmed: true }], grade: 'ok' },
  {
    case: 'another name of ours',
    names: [{ name: 'host7.example.net', isConfirmed: true }],
    grade: 'warning',
  },
  {
    case: 'a name that does not lead back',
    names: [{ name: 'static.isp.example', isConfirmed: false }],
    grade: 'failure',
  },
])('judges $case: $grade', ({ names, grade }) => {
  expect(judgeReverseName(OURS, NAME, names).grade).toBe(grade);
});

it.each([
  [{ result: 'pass', by: { term: 'ip4:198.51.100.7', domain: 'example.net' }, lookups: 2 }, 'ok'],
  [{ result: 'none', lookups: 0 }, 'warning'],
  [{ result: 'neutral', lookups: 0 }, 'warning'],
  [{ result: 'softfail', lookups: 0 }, 'warning'],
  [{ result: 'fail', by: { term: '-all', domain: 'example.net' }, lookups: 0 }, 'failure'],
  [{ result: 'temperror', problem: 'x', lookups: 0 }, 'warning'],
  [{ result: 'permerror', problem: 'x', lookups: 10 }, 'failure'],
] as const)('judges the SPF verdict %j as %s', (verdict, grade) => {
  expect(judgeSpf(OURS, 'probe@example.net', verdict).grade).toBe(grade);
});

it('says what to add to an SPF record', () => {
  const verdict = { result: 'fail', lookups: 0 } as const;

  expect(judgeSpf('2001:db8::7', 'probe@example.net', verdict).next).toContain('ip6:2001:db8::7');
});

it.each([
  ['zen.spamhaus.org', { type: 'free' }, 'ok'],
  ['zen.spamhaus.org', { type: 'listed', as: ['SBL'] }, 'failure'],
  ['bl.example.org', { type: 'listed', as: ['127.0.0.2'] }, 'warning'],
  ['zen.spamhaus.org', { type: 'refused', why: 'x' }, 'warning'],
] as const)('judges what %s says, %j, as %s', (zone, verdict, grade) => {
  expect(remarkOnList(OURS, zone, verdict).grade).toBe(grade);
});

describe('judgeResolver', () => {
  const nothing = { type: 'no-name' } as const;

  it.each([
    { case: 'an honest one', answers: [nothing, nothing], grade: 'ok' },
    {
      case: 'one that makes up addresses',
      answers: [{ type: 'records', records: ['203.0.113.99'] }, nothing],
      grade: 'failure',
    },
    {
      case: 'one that makes up mail hosts',
      answers: [nothing, { type: 'records', records: [{ exchange: 'x', priority: 1 }] }],
      grade: 'failure',
    },
    {
      case: 'one that hides that there is no name',
      answers: [{ type: 'no-record' }, nothing],
      grade: 'warning',
    },
    { case: 'one that is silent', answers: [{ type: 'failed', word: 'TIMEOUT' }, nothing], grade: 'failure' },
  ] as const)('takes $case for $grade', ({ answers, grade }) => {
    expect(judgeResolver('x.com', answers, 'the system’s resolver').grade).toBe(grade);
  });
});

describe('judgeGreeting', () => {
  const target = { name: 'mx.example.net', ip: '198.51.100.25' };
  const heard = (code: number, localAddress = '10.0.0.5'): Greeting => ({
    type: 'heard',
    reply: { code, enhanced: undefined, text: 'mx.example.net ESMTP' },
    localAddress,
  });

  it.each<{ case: string; greeting: Greeting; ip?: string; grade: string; says: string }>([
    {
      case: 'a private host',
      greeting: heard(220),
      ip: '10.0.0.9',
      grade: 'warning',
      says: 'within our own network',
    },
    {
      case: 'ourselves',
      greeting: heard(220, '193.0.0.1'),
      ip: '193.0.0.1',
      grade: 'warning',
      says: 'within our own network',
    },
    {
      case: 'a host elsewhere',
      greeting: heard(220),
      ip: '193.0.0.1',
      grade: 'ok',
      says: 'mx.example.net[193.0.0.1] on port 25 greets us: "220 mx.example.net ESMTP"',
    },
    { case: 'a host that refuses us', greeting: heard(554), grade: 'warning', says: 'greets us with "554' },
    {
      case: 'a silent host',
      greeting: { type: 'failed', failure: 'timeout', detail: undefined, isConnected: true },
      grade: 'warning',
      says: 'gives no greeting (no answer in time)',
    },
    {
      case: 'a closed port',
      greeting: { type: 'failed', failure: 'timeout', detail: undefined, isConnected: false },
      grade: 'failure',
      says: 'is not reached (no answer in time)',
    },
    {
      case: 'a lack of ours',
      greeting: { type: 'lacking', code: 'EADDRNOTAVAIL' },
      grade: 'failure',
      says: 'EADDRNOTAVAIL',
    },
  ])('knows $case', ({ greeting, ip = target.ip, grade, says }) => {
    const remark = judgeGreeting({ ...target, ip }, 25, greeting);

    expect(remark.grade).toBe(grade);
    expect(remark.text).toContain(says);
  });
});
