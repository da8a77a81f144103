// The sentence that stands in `emails.validation_response` for whatever was not accepted. The CRM filters by how it
// begins: `timeout: `, `Connection refused: ` and `failed to connect: ` mark what the network kept from
// us, transient DNS trouble included. Wording after Postfix. What it means is classify.ts's business.

import { cleanLine } from './clean-text.ts';
import type { Finding } from './finding.ts';
import type { FailureObservation, Reply, Stage } from './observation.ts';

/** The longest text the column is promised to hold, in characters (contract §3). */
export const MAX_RESPONSE = 500;

const WHILE = {
  dns: 'while looking up the domain',
  connect: 'while connecting',
  greeting: 'while awaiting the greeting',
  ehlo: 'while awaiting the reply to EHLO',
  starttls: 'while negotiating TLS',
  mail: 'while awaiting the reply to MAIL FROM',
  rcpt: 'while awaiting the reply to RCPT TO',
  rset: 'while awaiting the reply to RSET',
  quit: 'while awaiting the reply to QUIT',
} as const satisfies Record<Stage, string>;

/**
 * Gives the text for `finding`: a reply as the host sent it, lines joined by a blank (`550 5.1.1 no such
 * user`), or a sentence about the failure. One line of at most MAX_RESPONSE characters, safe to log.
 */
export function responseText(finding: Finding): string {
  return cleanLine(rawText(finding), MAX_RESPONSE);
}

function rawText(finding: Finding): string {
  switch (finding.type) {
    case 'reply':
      return `${finding.reply.code} ${joinedLines(finding.reply)}`;
    case 'smtputf8-unsupported':
      return `${hostOf(finding)} does not take addresses beyond ASCII: no SMTPUTF8 (RFC 6531)`;
    case 'failure':
      return failureText(finding);
  }
}

// The enhanced code is repeated on every line (RFC 2034 §4) and says nothing new after the first.
function joinedLines({ enhanced, text }: Reply): string {
  const [first = '', ...rest] = text.split('\n');
  return [first, ...rest.map((line) => withoutPrefix(line, enhanced))].join(' ');
}

function withoutPrefix(line: string, enhanced: string | undefined): string {
  const bare = line.trimStart();
  return enhanced !== undefined && bare.startsWith(`${enhanced} `) ? bare.slice(enhanced.length + 1) : line;
}

function failureText(observed: FailureObservation): string {
  const where = hostOf(observed);
  const doing = WHILE[observed.stage];
  const detail = observed.detail === undefined ? '' : ` (${observed.detail})`;
  switch (observed.failure) {
    case 'timeout':
      return `timeout: no answer from ${where} ${doing}${detail}`;
    case 'refused':
      return `Connection refused: ${where} takes no connections${detail}`;
    case 'unreachable':
      return `failed to connect: ${where} cannot be reached${detail}`;
    case 'lost':
      return `failed to connect: lost connection with ${where} ${doing}${detail}`;
    case 'garbled':
      return `failed to connect: ${where} sent no valid SMTP ${doing}${detail}`;
    case 'dns-failure':
      return `failed to connect: DNS gave no answer for ${observed.host ?? 'the domain'}${detail}`;
    case 'no-such-domain':
      return 'domain does not exist (NXDOMAIN)';
    case 'null-mx':
      return 'null MX: the domain accepts no mail (RFC 7505)';
    case 'no-mail-host':
      return observed.host === undefined
        ? `no mail host: the MX records of the domain name no host${detail}`
        : `no mail host: ${observed.host} has no address${observed.detail === 'no address' ? '' : detail}`;
    case 'private-host':
      return `no public mail host: every address of the domain's mail hosts is private or reserved${detail}`;
  }
}

function hostOf({
  host,
  ip,
}: {
  readonly host?: string | undefined;
  readonly ip?: string | undefined;
}): string {
  if (host === undefined) return ip === undefined ? 'the mail host' : `[${ip}]`;
  return ip === undefined ? host : `${host}[${ip}]`;
}
