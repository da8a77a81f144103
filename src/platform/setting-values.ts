// How the text of a setting becomes a value. Every parser says in its own words what it expected; that
// sentence is what the operator reads, so it names the form and the bounds.

import * as z from 'zod/mini';

import { formatAddress, needsSmtpUtf8, parseAddress, toAsciiDomain } from '../domain/address.ts';

import { PROVIDERS } from '../domain/providers.ts';
import { readHttpUrl } from './url-setting.ts';
import { PROXY_FORM, readProxy, type ProxySetting } from './proxy-setting.ts';

const MAX_SECONDS_OF_DELAY = 7 * 24 * 3600;

/** A parser's outcome: undefined means that the text was not what was expected. */
function setting<T>(expected: string, read: (text: string) => T | undefined) {
  return z.pipe(
    z.string(),
    z.transform((text, context): T => {
      const value = read(text.trim());
      if (value !== undefined) return value;
      context.issues.push({ code: 'custom', message: expected, input: text });
      return z.NEVER;
    }),
  );
}

export function wholeNumber(min: number, max: number) {
  return setting(`a whole number from ${min} to ${max}`, (text) =>
    /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : undefined,
  );
}

/** Seconds, with a fraction of up to three digits where somebody wants one. */
export function seconds(min: number, max: number) {
  return setting(`seconds from ${min} to ${max}`, (text) =>
    /^\d{1,6}(?:\.\d{1,3})?$/.test(text) && Number(text) >= min && Number(text) <= max
      ? Number(text)
      : undefined,
  );
}

const BOOLEANS = new Map(
  Object.entries({ true: true, yes: true, on: true, 1: true, false: false, no: false, off: false, 0: false }),
);

export function yesOrNo() {
  return setting('true or false', (text) => BOOLEANS.get(text.toLowerCase()));
}

export function oneOf<const T extends string>(words: readonly T[]) {
  return setting(`one of ${words.join(', ')}`, (text) => words.find((word) => word === text.toLowerCase()));
}

export function nonEmptyText() {
  return setting('some text without control characters', (text) =>
    text !== '' && !hasControl(text) ? text : undefined,
  );
}

/** A secret is taken as it stands, blanks at its ends included. */
export function secret() {
  return z.string();
}

/** A secret that can stand in an address as it is. */
export function accessToken() {
  return setting('at least 16 letters, digits, dots, hyphens or underscores', (text) =>
    /^[\w.-]{16,128}$/.test(text) ? text : undefined,
  );
}

/** What goes into file names and `ps`: letters, digits, dot, underscore, hyphen. */
export function serverName() {
  return setting('a name of at most 64 letters, digits, dots, hyphens or underscores', (text) =>
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text) ? text : undefined,
  );
}

export function domainName() {
  return setting('a full host name such as verify.example.net', (text) => {
    const domain = toAsciiDomain(text);
    return typeof domain === 'string' ? domain : undefined;
  });
}

/** Our own sender goes to hosts without SMTPUTF8 too, so its local part is ASCII. */
export function mailAddress() {
  return setting('an e-mail address such as verify@example.net', (text) => {
    const address = parseAddress(text);
    return 'problem' in address || needsSmtpUtf8(address) ? undefined : formatAddress(address);
  });
}

/** A comma list of `ip`, `ip:port` or `[ip6]:port`; the value is in the form that node:dns takes. */
export function dnsServers() {
  return setting('a comma list of ip, ip:port or [ip6]:port', (text) => {
    const servers = listOf(text).map(readDnsServer);
    return servers.every((server) => server !== undefined) && servers.length > 0 ? servers : undefined;
  });
}

/** A comma list of DNS zones, in lower case; the word `none` is the empty list. */
export function dnsZones() {
  return setting('a comma list of DNS zones such as zen.spamhaus.org, or none', (text) => {
    if (text.toLowerCase() === 'none') return [];
    const zones = listOf(text).map(toAsciiDomain);
    return zones.every((zone) => typeof zone === 'string') && zones.length > 0 ? zones : undefined;
  });
}

/** An IPv4 or IPv6 address, without brackets. */
export function ipAddress() {
  return setting('an IP address of this machine', (text) =>
    isIPv4(text) || isIPv6(text) ? text : undefined,
  );
}

/** http:// or https://, in its normal form. */
export function httpUrl() {
  return setting('a URL such as https://hc.example.net/ping/0a1b2c, without a fragment', readHttpUrl);
}

/** The path of a file whose name ends so. */
export function fileEndingIn(ending: string) {
  return setting(`the path of a file whose name ends in ${ending}`, (text) =>
    text.endsWith(ending) && !text.endsWith(`/${ending}`) && text !== ending && !hasControl(text)
      ? text
      : undefined,
  );
}

export function proxy() {
  return setting(PROXY_FORM, readProxy);
}

/** A comma list of `provider=proxy` or `provider=direct`, each provider once. */
export function proxyRoutes() {
  const names = PROVIDERS.map(({ name }) => name);
  return setting(
    `a comma list of provider=socks5://… or provider=direct, each provider once, of ${names.join(', ')}`,
    (text) => {
      const routes = listOf(text).map((item) => readProxyRoute(item, names));
      const isWhole = routes.every((route) => route !== undefined) && routes.length > 0;
      if (!isWhole || new Set(routes.map(([name]) => name)).size < routes.length) return undefined;
      return Object.fromEntries(routes);
    },
  );
}

function readProxyRoute(
  item: string,
  names: readonly string[],
): readonly [string, ProxySetting | 'direct'] | undefined {
  const end = item.indexOf('=');
  const [name, way] = [item.slice(0, end).trim().toLowerCase(), item.slice(end + 1).trim()];
  if (end < 0 || !names.includes(name)) return undefined;
  const proxied = way.toLowerCase() === 'direct' ? 'direct' : readProxy(way);
  return proxied && [name, proxied];
}

/** A comma list of seconds; the word `none` is the empty list, since an empty text means "not set". */
export function delays() {
  return setting(
    `a comma list of at most 20 waits of 0 to ${MAX_SECONDS_OF_DELAY} whole seconds, or none`,
    (text) => {
      if (text.toLowerCase() === 'none') return [];
      const list = listOf(text);
      const isValid = list.every((item) => /^\d{1,6}$/.test(item) && Number(item) <= MAX_SECONDS_OF_DELAY);
      return isValid && list.length > 0 && list.length <= 20 ? list.map(Number) : undefined;
    },
  );
}

function readDnsServer(text: string): string | undefined {
  const { ip4, ip6, bracketed, port4, port6 } = DNS_SERVER.exec(text)?.groups ?? {};
  const port = port4 ?? port6;
  const isAddress = ip4 !== undefined ? isIPv4(ip4) : isIPv6(ip6 ?? bracketed ?? '');
  const isPort = port === undefined || (Number(port) >= 1 && Number(port) <= 65_535);
  return isAddress && isPort ? text : undefined;
}

const DNS_SERVER =
  /^(?:(?<ip4>[\d.]+)(?::(?<port4>\d{1,5}))?|(?<ip6>[\da-f:.]+)|\[(?<bracketed>[\da-f:.]+)\](?::(?<port6>\d{1,5}))?)$/i;

// Only smtp opens sockets, so node:net stays there; an address is all that is asked about here.
function isIPv4(text: string): boolean {
  const parts = text.split('.');
  return (
    parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
  );
}

function isIPv6(text: string): boolean {
  return text.includes(':') && URL.canParse(`http://[${text}]/`);
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function hasControl(text: string): boolean {
  return /[\0-\x1f\x7f-\x9f]/.test(text);
}
