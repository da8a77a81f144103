// Tells addresses of the public internet from those that a stranger's DNS must not make us dial: whoever owns a
// domain writes its MX records, and could point them at our own network. Knows the registries of special-purpose
// addresses (RFC 6890 and the IANA tables it began, read 2026-11); resolve-route.ts applies it.

import { BlockList, isIPv4, isIPv6 } from 'node:net';

// Reserved, private and special IPv4.
const SPECIAL_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8], // this network (RFC 791 §3.2)
  ['10.0.0.0', 8], // private (RFC 1918)
  ['100.64.0.0', 10], // carrier-grade NAT (RFC 6598)
  ['127.0.0.0', 8], // loopback (RFC 1122 §3.2.1.3)
  ['169.254.0.0', 16], // link-local, cloud metadata (RFC 3927)
  ['172.16.0.0', 12], // private (RFC 1918)
  ['192.0.0.0', 24], // IETF protocol assignments (RFC 6890)
  ['192.0.2.0', 24], // documentation (RFC 5737)
  ['192.88.99.0', 24], // 6to4 relays, deprecated (RFC 7526)
  ['192.168.0.0', 16], // private (RFC 1918)
  ['198.18.0.0', 15], // benchmarking (RFC 2544)
  ['198.51.100.0', 24], // documentation (RFC 5737)
  ['203.0.113.0', 24], // documentation (RFC 5737)
  ['224.0.0.0', 4], // multicast (RFC 5771)
  ['240.0.0.0', 4], // reserved and broadcast (RFC 1112 §4, RFC 919)
];

// Of IPv6 only 2000::/3 is unicast in use. What lies outside needs no list: loopback, IPv4-mapped (::ffff:0:0/96),
// NAT64 (64:ff9b::/96), unique local (fc00::/7), link-local (fe80::/10), multicast (ff00::/8).
const UNICAST_V6 = ['2000::', 3] as const;
const SPECIAL_V6: readonly (readonly [string, number])[] = [
  ['2001::', 23], // IETF protocol assignments: Teredo, benchmarking, ORCHID (RFC 2928)
  ['2001:db8::', 32], // documentation (RFC 3849)
  ['2002::', 16], // 6to4: carries an IPv4 address of its own (RFC 3056)
  ['3fff::', 20], // documentation (RFC 9637)
];

const special = new BlockList();
for (const [network, prefix] of SPECIAL_V4) special.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of SPECIAL_V6) special.addSubnet(network, prefix, 'ipv6');
const unicastV6 = new BlockList();
unicastV6.addSubnet(...UNICAST_V6, 'ipv6');

/**
 * True for an IP address that a mail host on the public internet can have.
 *
 * False for everything private, local, reserved or set aside for documentation, for the forms of IPv6 that carry
 * an IPv4 address within, for an address with a zone, and for whatever is no IP address at all.
 */
export function isPublicAddress(ip: string): boolean {
  if (isIPv4(ip)) return !special.check(ip, 'ipv4');
  if (!isIPv6(ip) || ip.includes('%')) return false;
  return unicastV6.check(ip, 'ipv6') && !special.check(ip, 'ipv6');
}
