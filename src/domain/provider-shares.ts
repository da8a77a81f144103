// How much of a list is at each provider, judged by the domains of a sample: those that people get their mailboxes under.
// Asks no DNS, so a firm whose mail is with a provider counts as none; what it says of the large ones is a lower bound.

import { parseAddress } from './address.ts';
import type { DestinationPolicies } from './destination-policy.ts';

const DOMAINS_OF: Readonly<Record<string, readonly RegExp[]>> = {
  google: [/^(?:gmail|googlemail)\.com$/],
  outlook: [/^(?:hotmail|outlook|live|msn|windowslive|passport)\.(?:com|net|[a-z]{2}|co(?:m)?\.[a-z]{2})$/],
  'yahoo-japan': [/^(?:yahoo|ybb)\.(?:co|ne)\.jp$/],
  yahoo: [
    /^yahoo\.(?:com|[a-z]{2}|co(?:m)?\.[a-z]{2})$/,
    /^(?:ymail|rocketmail|aim)\.com$/,
    /^aol\.(?:com|[a-z]{2}|co\.uk)$/,
  ],
  icloud: [/^(?:icloud|me|mac)\.com$/],
  comcast: [/^comcast\.net$/],
  gmx: [/^gmx\.(?:de|net|at|ch|com|fr)$/, /^web\.de$/],
  'mail.com': [/^(?:mail|email|usa|europe)\.com$/],
  orange: [/^(?:orange|wanadoo)\.fr$/],
  't-online': [/^t-online\.de$/],
  qq: [/^(?:qq|foxmail)\.com$/],
  netease: [/^(?:163|126)\.com$/, /^yeah\.net$/],
  kpn: [/^(?:kpnmail|planet|hetnet|home)\.nl$/],
};

/** What a provider means for a list. */
export interface ProviderShare {
  readonly provider: string;
  /** Of the sample, 0 to 1. */
  readonly share: number;
  /** Rows of the list that are there, by the sample. */
  readonly emails: number;
  /** Recipients that one server asks about in a minute there. */
  readonly perMinute: number;
  /** What these rows take at the least, whatever else is in the list. */
  readonly atLeastSeconds: number;
}

/** A smaller part hardly decides how long a list takes. */
const MIN_SHARE = 0.2;

/** Gives the provider that a domain of free or private mailboxes belongs to. */
export function providerOfDomain(domain: string): string | undefined {
  return Object.keys(DOMAINS_OF).find((name) => DOMAINS_OF[name]!.some((pattern) => pattern.test(domain)));
}

/** Gives what providers mean for `pending` rows of which `sample` are some; those that hold a fifth, the slowest first. */
export function providerShares(
  sample: readonly string[],
  pending: number,
  policies: DestinationPolicies,
): readonly ProviderShare[] {
  const counts = new Map<string, number>();
  for (const email of sample) {
    const address = parseAddress(email);
    const provider = 'problem' in address ? undefined : providerOfDomain(address.domain);
    if (provider !== undefined) counts.set(provider, (counts.get(provider) ?? 0) + 1);
  }
  return [...counts]
    .map(([provider, count]) => ({ provider, share: count / sample.length }))
    .filter(({ share }) => share >= MIN_SHARE)
    .flatMap(({ provider, share }) => {
      const { manners, secondsBetweenSessions, burstSessions, isProbed } = policies.of(provider);
      if (secondsBetweenSessions === 0 || !isProbed) return [];
      const emails = Math.round(pending * share);
      const perMinute = Math.round((60 * manners.rcptsPerSession) / secondsBetweenSessions);
      const sessions = Math.max(Math.ceil(emails / manners.rcptsPerSession) - burstSessions, 0);
      return { provider, share, emails, perMinute, atLeastSeconds: sessions * secondsBetweenSessions };
    })
    .toSorted((a, b) => b.atLeastSeconds - a.atLeastSeconds);
}
