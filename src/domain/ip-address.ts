// IP addresses as numbers: whether one lies in a network, and under which names the DNS keeps what is said of it.

export interface IpAddress {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

const WIDTH = { 4: 32, 6: 128 } as const;
const MAPPED = 0xffffn; // ::ffff:0:0/96 (RFC 4291 §2.5.5.2)

/** Reads an address; one of IPv4 in the clothes of IPv6 is of IPv4. Undefined for anything else, a zone included. */
export function parseIp(text: string): IpAddress | undefined {
  if (!text.includes(':')) return parseIpv4(text);
  const bits = parseIpv6(text);
  if (bits === undefined) return undefined;
  return bits >> 32n === MAPPED ? { family: 4, bits: bits & 0xffff_ffffn } : { family: 6, bits };
}

/** True when both are of one family and the first `prefix` bits are the same. */
export function isInNetwork(ip: IpAddress, network: IpAddress, prefix: number): boolean {
  if (ip.family !== network.family) return false;
  const rest = BigInt(WIDTH[ip.family] - prefix);
  return ip.bits >> rest === network.bits >> rest;
}

export function isSameIp(a: string, b: string): boolean {
  const [one, other] = [parseIp(a), parseIp(b)];
  return one !== undefined && other !== undefined && isInNetwork(one, other, WIDTH[one.family]);
}

/** The parts of an address from its beginning: bytes as numbers, or the 32 hexadecimal digits. */
export function partsOf({ family, bits }: IpAddress): readonly string[] {
  if (family === 6) return bits.toString(16).padStart(32, '0').split('');
  return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 0xffn));
}

/** `7.2.0.192`, to which a block list adds its zone (RFC 5782 §2). */
export function reversed(ip: IpAddress): string {
  return partsOf(ip).toReversed().join('.');
}

/** The name that holds the PTR records (RFC 1035 §3.5, RFC 3596 §2.5). */
export function reverseName(ip: IpAddress): string {
  return `${reversed(ip)}.${ip.family === 4 ? 'in-addr' : 'ip6'}.arpa`;
}

function parseIpv4(text: string): IpAddress | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
    return undefined;
  return { family: 4, bits: parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n) };
}

function parseIpv6(text: string): bigint | undefined {
  const [, head = text, tail] = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text) ?? [];
  const last = tail === undefined ? undefined : parseIpv4(tail);
  if (tail !== undefined && last === undefined) return undefined;
  const groups =
    last === undefined
      ? head
      : `${head}${(last.bits >> 16n).toString(16)}:${(last.bits & 0xffffn).toString(16)}`;
  const halves = groups.split('::');
  if (halves.length > 2) return undefined;
  const [left, right] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const given = [...left!, ...(right ?? [])];
  if (!given.every((group) => /^[\da-f]{1,4}$/i.test(group))) return undefined;
  const missing = 8 - given.length;
  if (right === undefined ? missing !== 0 : missing < 1) return undefined;
  const whole = [...left!, ...Array.from({ length: missing }, () => '0'), ...(right ?? [])];
  return whole.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}
