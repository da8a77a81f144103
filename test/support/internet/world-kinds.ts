// The kinds of domains that a made world consists of, and how common each is. What each kind is like is
// world-domains.ts's.

import type { Random } from './random.ts';

/** Domains whose mail hosts answer about mailboxes; they take any place in the order of popularity. */
const ORDINARY = {
  plain: 0.64,
  'catch-all': 0.06,
  'no-pipelining': 0.04,
  idn: 0.03,
  'second-mx': 0.02, // the first MX is dead
  greylisting: 0.02, // for everybody, whether the mailbox exists or not
  'implicit-mx': 0.015, // no MX record, but an address (RFC 5321 §5.1)
  'helo-only': 0.01,
  'alias-mx': 0.005, // the MX record names an alias, against RFC 2181 §10.3
} as const;

/** Domains that cannot be asked, or whose hosts do not answer as hosts should: few addresses each. */
const TROUBLED = {
  'no-such-domain': 0.03,
  'null-mx': 0.01,
  'no-mail-host': 0.005,
  servfail: 0.01,
  dead: 0.015,
  silent: 0.01,
  'silent-at-rcpt': 0.005,
  garbage: 0.01,
  'endless-banner': 0.005,
  'endless-continuation': 0.005,
  'resets-at-rcpt': 0.005,
  'closes-at-mail': 0.005,
  'blocks-at-greeting': 0.01,
  'blocks-at-rcpt': 0.01,
  'rejects-sender': 0.005,
  busy: 0.01, // 451 for ever
  unavailable: 0.005, // 421 for ever
} as const;

export type DomainKind = keyof typeof ORDINARY | keyof typeof TROUBLED;

export const DOMAIN_KINDS = [...Object.keys(ORDINARY), ...Object.keys(TROUBLED)] as DomainKind[];

/**
 * The kind of each domain, most popular first: every kind once at least where there are enough domains, more
 * of it by its share, the rest plain. Troubled ones come last.
 */
export function kindsOf(domains: number, without: readonly DomainKind[], random: Random): DomainKind[] {
  const timesOf = ([kind, share]: readonly [string, number]): DomainKind[] =>
    without.includes(kind as DomainKind)
      ? []
      : Array<DomainKind>(Math.max(1, Math.round(domains * share))).fill(kind as DomainKind);
  const special = Object.entries(ORDINARY)
    .filter(([kind]) => kind !== 'plain')
    .flatMap(timesOf);
  const troubled = Object.entries(TROUBLED).flatMap(timesOf);
  if (domains < special.length + troubled.length + 1) {
    return ['plain' as const, ...special, ...troubled].slice(0, domains);
  }
  const plain = Array<DomainKind>(domains - special.length - troubled.length - 1).fill('plain');
  return ['plain', ...random.shuffle([...plain, ...special]), ...random.shuffle(troubled)];
}
