import { describe, expect, it } from 'vitest';
import { isInNetwork, isSameIp, parseIp, reverseName } from '../../src/domain/ip-address.ts';

describe('parseIp', () => {
  it.each([
    ['192.0.2.7', 4, 0xc0000207n],
    ['0.0.0.0', 4, 0n],
    ['::', 6, 0n],
    ['::1', 6, 1n],
    ['2001:db8::7', 6, 0x20010db8000000000000000000000007n],
    ['2001:DB8:0:0:0:0:0:7', 6, 0x20010db8000000000000000000000007n],
    ['64:ff9b::192.0.2.7', 6, 0x0064ff9b0000000000000000c0000207n],
    ['::ffff:192.0.2.7', 4, 0xc0000207n],
  ] as const)('reads %s', (text, family, bits) => {
    expect(parseIp(text)).toEqual({ family, bits });
  });

  it.each([
    '',
    '192.0.2',
    '192.0.2.256',
    '192.0.2.07',
    '1:2:3',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8:9',
    'fe80::1%eth0',
    '::12345',
    'mx.example',
  ])('takes %j for no address', (text) => {
    expect(parseIp(text)).toBeUndefined();
  });
});

describe('isInNetwork', () => {
  it.each([
    ['192.0.2.7', '192.0.2.0', 24, true],
    ['192.0.3.7', '192.0.2.0', 24, false],
    ['192.0.3.7', '192.0.2.0', 23, true],
    ['192.0.2.7', '192.0.2.7', 32, true],
    ['192.0.2.6', '192.0.2.7', 32, false],
    ['203.0.113.1', '0.0.0.0', 0, true],
    ['2001:db8::7', '2001:db8::', 32, true],
    ['2001:db9::7', '2001:db8::', 32, false],
    ['2001:db8::7', '0.0.0.0', 0, false],
  ] as const)('of %s and %s/%i is %s', (ip, network, prefix, expected) => {
    expect(isInNetwork(parseIp(ip)!, parseIp(network)!, prefix)).toBe(expected);
  });
});

it('knows the forms of one address', () => {
  expect(isSameIp('2001:db8::7', '2001:DB8:0::0:7')).toBe(true);
  expect(isSameIp('192.0.2.7', '192.0.2.8')).toBe(false);
  expect(isSameIp('192.0.2.7', 'mx.example')).toBe(false);
});

it('names where PTR records stand', () => {
  expect(reverseName(parseIp('192.0.2.7')!)).toBe('7.2.0.192.in-addr.arpa');
  expect(reverseName(parseIp('2001:db8::7')!)).toBe(
    '7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa',
  );
});
