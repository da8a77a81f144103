// A check of the doctor, and what checks are given.

import type { Config } from '../../platform/config.ts';
import type { ConfigProblem } from '../../platform/config-sources.ts';
import type { ShownSetting } from '../../platform/show-settings.ts';
import type { DnsClient } from '../../smtp/dns-client.ts';
import type { Router } from '../../smtp/resolve-route.ts';
import type { Remark } from './remark.ts';

export const THEMES = [
  'Machine',
  'Configuration',
  'Database',
  'Files',
  'Schedule',
  'DNS',
  'Way out',
  'Our name',
] as const;
export type Theme = (typeof THEMES)[number];

export interface Check {
  readonly theme: Theme;
  /** As its remarks are about, where it cannot be made. */
  readonly about: string;
  /** Throws CannotCheck where it cannot be made; whatever else it throws is a bug. */
  readonly run: (ground: Ground) => Promise<readonly Remark[]>;
  /** How long it may take; CHECK_MS unless given. */
  readonly limitMs?: number | undefined;
}

export interface Configured {
  readonly config: Config;
  /** Asks the DNS as the program itself does. */
  readonly dns: DnsClient;
  readonly router: Router;
}

export interface Ground {
  /** Where settings are looked for. */
  readonly cwd: string;
  readonly settings: readonly ShownSetting[];
  /** Why there is no configuration; empty where there is one. */
  readonly problems: readonly ConfigProblem[];
  readonly configured: Configured | undefined;
  readonly ourAddresses: () => Promise<OurAddresses>;
  /** Whom to greet instead of our own mail host. */
  readonly mailHost: string | undefined;
}

/** Under which addresses the world sees this machine. */
export interface OurAddresses {
  readonly ips: readonly string[];
  readonly from: 'said' | 'local' | 'assumed' | 'nowhere';
  /** What the system would speak from. */
  readonly local: readonly string[];
  readonly isProxied: boolean;
}

/** A check that cannot be made, and why. */
export class CannotCheck extends Error {}

/** The configuration and what stands on it, for a check that needs them. */
export function configuredOf({ configured }: Ground): Configured {
  if (configured === undefined) throw new CannotCheck('the configuration is invalid');
  return configured;
}

/** The same with our name and sender. */
export function senderOf(ground: Ground): Configured & { readonly sender: NonNullable<Config['sender']> } {
  const configured = configuredOf(ground);
  const { sender } = configured.config;
  if (sender === undefined) throw new CannotCheck('SMTP_EHLO_NAME and SMTP_MAIL_FROM are not both set');
  return { ...configured, sender };
}
