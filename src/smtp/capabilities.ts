// Reads from the answer to EHLO what a host offers, as far as a prober makes use of it.

import type { Reply } from '../domain/observation.ts';

export interface Capabilities {
  /** RFC 2920: MAIL, RCPT and RSET may share a packet. */
  readonly pipelining: boolean;
  /** RFC 3207: the session can be encrypted. */
  readonly startTls: boolean;
  /** RFC 6531: local parts beyond ASCII may be asked about. */
  readonly smtpUtf8: boolean;
  /** RFC 9422 MAILMAX: transactions in a session; Infinity when not limited. */
  readonly mailMax: number;
  /** RFC 9422 RCPTMAX: recipients in a transaction; Infinity when not limited. */
  readonly rcptMax: number;
}

/** What a host is taken to offer before it answered EHLO, and for ever when it knows only HELO. */
export const NO_CAPABILITIES: Capabilities = {
  pipelining: false,
  startTls: false,
  smtpUtf8: false,
  mailMax: Infinity,
  rcptMax: Infinity,
};

/** Gives what the positive answer to EHLO offers. Its first line is a greeting (RFC 5321 §4.1.1.1); case is nothing. */
export function readCapabilities(reply: Reply): Capabilities {
  const keywords = new Map(
    reply.text
      .split('\n')
      .slice(1)
      .map((line) => {
        const [keyword = '', ...parameters] = line.trim().toUpperCase().split(/\s+/);
        return [keyword, parameters] as const;
      }),
  );
  const limits = keywords.get('LIMITS') ?? [];
  return {
    pipelining: keywords.has('PIPELINING'),
    startTls: keywords.has('STARTTLS'),
    smtpUtf8: keywords.has('SMTPUTF8'),
    mailMax: limitOf(limits, 'MAILMAX'),
    rcptMax: limitOf(limits, 'RCPTMAX'),
  };
}

// RFC 9422 §3: `NAME=value`, one to six digits, not 0. A malformed limit is none.
function limitOf(limits: readonly string[], name: string): number {
  const value = limits.find((limit) => limit.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  return /^[1-9][0-9]{0,5}$/.test(value) ? Number(value) : Infinity;
}
