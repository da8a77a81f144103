// How each destination is dealt with: the table of providers, and what the operator wants otherwise laid over it. An MX host
// belongs to the destination of the most particular entry that names it: one for the host itself, else the longest suffix,
// else its provider, else it is a destination of its own.

import type { WindowBounds } from './concurrency-window.ts';
import type { Route } from './route.ts';
import type { ProbeRow } from './row.ts';
import { DEFAULT_MANNERS, normalised, PROVIDERS, providerOf, type Manners } from './providers.ts';

/** What an operator wants of a provider, of all hosts under a suffix, or of one host. */
export interface PolicyOverride {
  /** `google`, `.mx.example.net` or `mx1.example.net`; unique. */
  readonly of: string;
  readonly kind: 'provider' | 'suffix' | 'host';
  readonly connections?: number | undefined;
  readonly recipientsPerSession?: number | undefined;
  readonly secondsBetweenSessions?: number | undefined;
  readonly probe?: 'always' | 'never' | undefined;
}

export interface DestinationPolicy {
  /** The destination's key. */
  readonly name: string;
  /** The name of its provider, where it is one of the table. */
  readonly provider: string | undefined;
  readonly window: WindowBounds;
  readonly manners: Manners;
  /** 0 for no pace. */
  readonly secondsBetweenSessions: number;
  readonly burstSessions: number;
  readonly isProbed: boolean;
}

// Postfix starts at 5 and caps at 20 for delivery; a probe is less welcome than mail.
export const UNKNOWN_WINDOW: WindowBounds = { start: 2, max: 8 };

export class DestinationPolicies {
  readonly #byHost: ReadonlyMap<string, PolicyOverride>;
  readonly #byProvider: ReadonlyMap<string, PolicyOverride>;
  /** The longest first. */
  readonly #suffixes: readonly PolicyOverride[];

  constructor(overrides: readonly PolicyOverride[] = []) {
    const ofKind = (kind: PolicyOverride['kind']): readonly PolicyOverride[] =>
      overrides.filter((override) => override.kind === kind);
    this.#byHost = new Map(ofKind('host').map((override) => [override.of, override]));
    this.#byProvider = new Map(ofKind('provider').map((override) => [override.of, override]));
    this.#suffixes = ofKind('suffix').toSorted((a, b) => b.of.length - a.of.length);
  }

  /** Gives the key of the budget that `mxHostName` (any case, with or without the trailing dot) shares. */
  destinationOf(mxHostName: string): string {
    const host = normalised(mxHostName);
    if (this.#byHost.has(host)) return host;
    const suffix = this.#suffixes.find(({ of }) => `.${host}`.endsWith(of));
    return suffix?.of ?? providerOf(host)?.name ?? host;
  }

  /** Gives how the destination of this key is dealt with. */
  of(destination: string): DestinationPolicy {
    const provider =
      PROVIDERS.find(({ name }) => name === destination) ?? providerOf(destination.replace(/^\./, ''));
    const override =
      this.#byHost.get(destination) ??
      this.#suffixes.find(({ of }) => of === destination) ??
      (provider?.name === destination ? this.#byProvider.get(destination) : undefined);
    const { connections = provider?.connections, recipientsPerSession, probe } = override ?? {};
    const { rcptsPerSession, rcptsPerTransaction, rejectedPerSession } = provider ?? DEFAULT_MANNERS;
    const perSession = recipientsPerSession ?? rcptsPerSession;
    return {
      name: destination,
      provider: provider?.name,
      // A figure is what is borne, not where to start: the window never opens beyond it.
      window: connections === undefined ? UNKNOWN_WINDOW : { start: connections, max: connections },
      manners: {
        rcptsPerSession: perSession,
        rcptsPerTransaction: Math.min(rcptsPerTransaction, perSession),
        rejectedPerSession,
      },
      secondsBetweenSessions: override?.secondsBetweenSessions ?? provider?.secondsBetweenSessions ?? 0,
      burstSessions: override?.secondsBetweenSessions === undefined ? (provider?.burstSessions ?? 1) : 1,
      isProbed: probe !== 'never',
    };
  }

  /** What a session with the host is to spare it. */
  mannersFor(mxHostName: string): Manners {
    return this.of(this.destinationOf(mxHostName)).manners;
  }
}

/** Gives the row as it is, or, where its mail goes to a destination that is not to be asked, decided by that alone. */
export function unlessNeverAsked(
  row: ProbeRow,
  route: Route | undefined,
  isProbed: (destination: string) => boolean,
): ProbeRow {
  if (row.target.type !== 'mailbox' || route?.type !== 'hosts' || isProbed(route.destination)) return row;
  const response = `Not asked: ${route.destination} is never probed, by the operator's choice (config/providers.json)`;
  return { ...row, target: { type: 'decided', verdict: 'unknown', reason: 'provider-policy', response } };
}
