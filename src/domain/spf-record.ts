// Reads one SPF record into its terms (RFC 7208 §4.6, §5, §6, §7). Evaluates nothing: spf.ts does.

import { parseIp, type IpAddress } from './ip-address.ts';

export type Qualifier = 'pass' | 'fail' | 'softfail' | 'neutral';

export type Mechanism =
  | { readonly type: 'all' }
  | { readonly type: 'include' | 'exists'; readonly domain: string }
  | { readonly type: 'ptr'; readonly domain: string | undefined }
  | {
      readonly type: 'a' | 'mx';
      readonly domain: string | undefined;
      readonly prefix: { readonly 4: number; readonly 6: number };
    }
  | { readonly type: 'ip'; readonly network: IpAddress; readonly prefix: number };

export interface Directive {
  /** As it stands in the record. */
  readonly text: string;
  readonly qualifier: Qualifier;
  readonly mechanism: Mechanism;
}

export interface SpfRecord {
  readonly directives: readonly Directive[];
  /** Undefined where there is an `all`, beside which it means nothing. */
  readonly redirect: string | undefined;
}

const QUALIFIERS: Readonly<Record<string, Qualifier>> = {
  '': 'pass',
  '+': 'pass',
  '-': 'fail',
  '~': 'softfail',
  '?': 'neutral',
};
const TERM = /^([-+?~]?)([a-z][a-z0-9._-]*)(?:([:=/])(.*))?$/i;
const SUFFIX = /^(.*?)(?:\/(\d{1,3}))?(?:\/\/(\d{1,3}))?$/;

/** True of a TXT record that is one of SPF (RFC 7208 §4.5). */
export function isSpf(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text);
}

/** Gives the record, or its first term that is none (the whole record counts for nothing then). */
export function parseSpf(text: string): SpfRecord | { readonly bad: string } {
  const directives: Directive[] = [];
  const modifiers = new Map<string, string>();
  for (const term of text.split(/ +/).slice(1)) {
    if (term === '') continue;
    const [, sign = '', name = '', mark, rest = ''] = TERM.exec(term) ?? [];
    if (mark === '=' && sign === '') {
      const key = name.toLowerCase();
      const isKnown = key === 'redirect' || key === 'exp';
      if (isKnown && (modifiers.has(key) || rest === '')) return { bad: term }; // RFC 7208 §6
      modifiers.set(key, rest);
      continue;
    }
    const mechanism = parseMechanism(name.toLowerCase(), mark, rest);
    const qualifier = QUALIFIERS[sign];
    if (mechanism === undefined || qualifier === undefined) return { bad: term };
    directives.push({ text: term, qualifier, mechanism });
  }
  const hasAll = directives.some(({ mechanism }) => mechanism.type === 'all');
  return { directives, redirect: hasAll ? undefined : modifiers.get('redirect') };
}

function parseMechanism(name: string, mark: string | undefined, rest: string): Mechanism | undefined {
  const given = mark === ':' ? rest : undefined;
  if (given === '') return undefined;
  switch (name) {
    case 'all':
      return mark === undefined ? { type: 'all' } : undefined;
    case 'include':
    case 'exists':
      return given === undefined ? undefined : { type: name, domain: given };
    case 'ptr':
      return mark === '/' ? undefined : { type: 'ptr', domain: given };
    case 'ip4':
      return given === undefined ? undefined : parseNetwork(given, 4);
    case 'ip6':
      return given === undefined ? undefined : parseNetwork(given, 6);
    case 'a':
    case 'mx':
      return parseHosts(name, mark === '/' ? `/${rest}` : (given ?? ''));
    default:
      return undefined;
  }
}

function parseNetwork(text: string, family: 4 | 6): Mechanism | undefined {
  const [, address = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const network = parseIp(address);
  const width = family === 4 ? 32 : 128;
  const prefix = length === undefined ? width : Number(length);
  return network?.family === family && prefix <= width ? { type: 'ip', network, prefix } : undefined;
}

function parseHosts(type: 'a' | 'mx', text: string): Mechanism | undefined {
  const [, domain = '', four = '32', six = '128'] = SUFFIX.exec(text) ?? [];
  if (domain.includes('/') || Number(four) > 32 || Number(six) > 128) return undefined;
  return { type, domain: domain === '' ? undefined : domain, prefix: { 4: Number(four), 6: Number(six) } };
}
