// Mail providers that are known by the names of their MX hosts: what they bear, and whether their 250 says anything.
// All hosts of one provider are one destination and share one budget. The figures are at most half of
// what is borne in delivery, since asking without sending is worse liked than mail at the same volume. What an operator
// wants otherwise is laid over them by destination-policy.ts.

import { Memory } from './memory.ts';

/** What a destination is spared in one session. */
export interface Manners {
  readonly rcptsPerSession: number;
  readonly rcptsPerTransaction: number;
  /** RCPTs that may be refused before a session is over: hosts slow down or hang up on many errors. */
  readonly rejectedPerSession: number;
}

export interface Provider extends Manners {
  /** The destination's key, as it stands in logs. */
  readonly name: string;
  /** Ends of MX host names, each with its leading dot. */
  readonly suffixes: readonly string[];
  /** Connections at once from this server, all workers together. */
  readonly connections: number;
  /** Between the beginnings of two sessions, once the burst is used up. */
  readonly secondsBetweenSessions: number;
  /** Sessions that may begin one right after the other. */
  readonly burstSessions: number;
  /** Accepts any recipient at RCPT and refuses after DATA, which we never send. */
  readonly acceptsAll: boolean;
  readonly source: string;
  /** When the figures were last checked: year and month. */
  readonly date: string;
}

/** How many RCPTs may be refused in a session: Postfix delays from 10 and hangs up at 20 (smtpd_soft_error_limit). */
const REJECTED_PER_SESSION = 8;
const RCPTS_PER_SESSION = 50;
/** Recipients of a provider that are asked about in a minute; as many at once when nobody was for a while. A judgement. */
const RCPTS_PER_MINUTE = 60;

/** For any destination that is not in the table. */
export const DEFAULT_MANNERS: Manners = {
  rcptsPerSession: RCPTS_PER_SESSION,
  rcptsPerTransaction: RCPTS_PER_SESSION, // RFC 5321 §4.5.3.1.8: a host must take 100
  rejectedPerSession: REJECTED_PER_SESSION,
};

interface Figures {
  readonly connections: number;
  readonly rcptsPerSession?: number;
  readonly rcptsPerTransaction?: number;
  readonly acceptsAll?: boolean;
  readonly source: string;
}

export const PROVIDERS: readonly Provider[] = [
  // 5 connections and 50 messages each are borne in delivery
  provider('google', ['.google.com', '.googlemail.com', '.smtp.goog'], {
    connections: 3,
    rcptsPerSession: 25,
    source: 'KumoMTA shaping.toml',
  }),
  provider('microsoft365', ['.mail.protection.outlook.com', '.mx.microsoft'], {
    connections: 3,
    rcptsPerSession: 25,
    source: 'KumoMTA shaping.toml',
  }),
  // A second RCPT in a transaction is answered `452 4.5.3 … ATTR38` when the mailboxes live in different regions
  provider('outlook', ['.olc.protection.outlook.com'], {
    connections: 1,
    rcptsPerSession: 25,
    rcptsPerTransaction: 1,
    source: 'Outlook.com postmaster policies; Reacher issue 756',
  }),
  // Closes after 20 messages; answers `250 recipient ok` for anybody
  provider('yahoo', ['.yahoodns.net'], {
    connections: 1,
    rcptsPerSession: 10,
    acceptsAll: true,
    source: 'help.yahoo.com SLN3433; AfterShip issue 57',
  }),
  provider('yahoo-japan', ['.yahoo.co.jp'], {
    connections: 1,
    rcptsPerSession: 10,
    source: 'KumoMTA community shaping',
  }),
  provider('icloud', ['.mail.icloud.com'], {
    connections: 1,
    rcptsPerSession: 2,
    source: 'KumoMTA shaping.toml; support.apple.com/102322',
  }),
  provider('comcast', ['.comcast.net'], { connections: 12, source: 'postmaster.comcast.net' }),
  provider('gmx', ['.gmx.net', '.web.de'], {
    connections: 2,
    rcptsPerSession: 10,
    source: 'postmaster.gmx.net; KumoMTA community shaping',
  }),
  provider('mail.com', ['.mail.com'], {
    connections: 2,
    source: 'postmaster.gmx.net; KumoMTA community shaping',
  }),
  provider('orange', ['.orange.fr', '.wanadoo.fr'], {
    connections: 1,
    source: 'groork; KumoMTA community shaping',
  }),
  // Refuses unknown addresses until its postmaster cleared them: one connection finds that out
  provider('t-online', ['.t-online.de'], { connections: 1, source: 'T-Online reply text' }),
  provider('qq', ['.qq.com'], { connections: 2, rcptsPerSession: 4, source: 'KumoMTA community shaping' }),
  provider('netease', ['.163.com', '.126.com', '.netease.com'], {
    connections: 2,
    rcptsPerSession: 3,
    source: 'KumoMTA community shaping',
  }),
  provider('kpn', ['.kpnmail.nl', '.kpnxchange.com'], {
    connections: 5,
    rcptsPerSession: 5,
    source: 'KumoMTA community shaping',
  }),
  // Gateways in front of many domains
  provider('mimecast', ['.mimecast.com', '.mimecast.co.za'], {
    connections: 2,
    source: 'Mimecast help; KumoMTA community shaping',
  }),
  provider('proofpoint', ['.pphosted.com', '.ppe-hosted.com'], {
    connections: 2,
    source: 'judgement: no figure is published',
  }),
  provider('barracuda', ['.ess.barracudanetworks.com'], {
    connections: 2,
    rcptsPerSession: 7,
    source: 'KumoMTA community shaping',
  }),
];

// Asked for every answer, of a few hosts at a time.
const remembered = new Memory<Provider | undefined>(500);

/** Gives the provider that runs `mxHostName` (any case, with or without the trailing dot), if it is a known one. */
export function providerOf(mxHostName: string): Provider | undefined {
  return remembered.recall(mxHostName, () => {
    const host = `.${normalised(mxHostName)}`;
    return PROVIDERS.find(({ suffixes }) => suffixes.some((suffix) => host.endsWith(suffix)));
  });
}

/** True for a provider, by its name, whose 250 to RCPT says nothing about the mailbox. */
export function acceptsAnybody(providerName: string | undefined): boolean {
  return PROVIDERS.some(({ name, acceptsAll }) => acceptsAll && name === providerName);
}

/** A host's name as it is compared. */
export function normalised(hostName: string): string {
  return hostName.toLowerCase().replace(/\.$/, '');
}

function provider(name: string, suffixes: readonly string[], figures: Figures): Provider {
  const { connections, rcptsPerSession = RCPTS_PER_SESSION, acceptsAll = false, source } = figures;
  const rcptsPerTransaction = figures.rcptsPerTransaction ?? rcptsPerSession;
  return {
    name,
    suffixes,
    connections,
    rcptsPerSession,
    rcptsPerTransaction,
    rejectedPerSession: REJECTED_PER_SESSION,
    secondsBetweenSessions: (60 * rcptsPerSession) / RCPTS_PER_MINUTE,
    burstSessions: Math.max(Math.floor(RCPTS_PER_MINUTE / rcptsPerSession), 1),
    acceptsAll,
    source,
    date: '2026-11',
  };
}
