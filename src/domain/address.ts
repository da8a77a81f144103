// Turns what the CRM stored into an address that may go onto the wire, or says why it cannot.
// This is the only door: nothing unparsed is ever sent, and a parsed address is never parsed again.

/** A mailbox that can be asked about. */
export interface Address {
  /** As given: case is the host's business (RFC 5321 §2.4). */
  readonly local: string;
  /** Lower case, A-labels (RFC 5890). */
  readonly domain: string;
}

/** Why a text is no address, in words for the operator. */
export interface AddressProblem {
  readonly problem: string;
}

const MAX_LOCAL_OCTETS = 64; // RFC 5321 §4.5.3.1.1
const MAX_DOMAIN_OCTETS = 253; // RFC 1035 §2.3.4: 255 octets on the wire, 253 as text
const MAX_PATH_OCTETS = 254; // RFC 5321 §4.5.3.1.3 less the angle brackets (RFC 3696 erratum 1690)

// RFC 5321 §4.1.2 atext, plus anything beyond ASCII (RFC 6531 §3.3).
const ATOM = /[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\u{10FFFF}]+/u.source;
const DOT_STRING = new RegExp(`^${ATOM}(?:\\.${ATOM})*$`, 'u');
// qtextSMTP and quoted-pairSMTP: printable ASCII and beyond, never a control character.
// Angle brackets are legal in it, but would stand between those of a path (RCPT TO:<…>), which hosts parse in many ways.
const QUOTED_STRING =
  /^"(?:[\u0020\u0021\u0023-\u003B\u003D\u003F-\u005B\u005D-\u007E\u00A0-\u{10FFFF}]|\\[\u0020-\u003B\u003D\u003F-\u007E])*"$/u;
// C0, DEL and C1 controls, line and paragraph separators: whatever could end a line somewhere.
const CONTROL = /[\u0000-\u001F\u007F-\u009F\u2028\u2029]/u;
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
// Whatever would make the URL parser read something else than a host.
const NOT_A_HOST = /[\s/\\?#@:%[\]<>^|]/u;

/**
 * Gives the address in `text`, or the problem that makes it impossible.
 *
 * Surrounding blanks are trimmed, since lists are full of them; everything inside must stand by
 * RFC 5321 §4.1.2. Accepted: every dot-string and quoted string, one letter, digits only, `+`, `'`, `=`;
 * UTF-8 local parts (RFC 6531); IDN domains, which are converted to A-labels (UTS 46).
 * Refused: control characters anywhere, address literals, domains of one label, all-numeric top
 * labels. Never throws.
 */
export function parseAddress(text: string): Address | AddressProblem {
  const trimmed = text.replace(/^[ \t]+|[ \t]+$/g, '');
  if (trimmed === '') return { problem: 'empty' };
  if (CONTROL.test(trimmed)) return { problem: 'control character in the address' };
  if (!trimmed.isWellFormed()) return { problem: 'broken Unicode in the address' };

  const at = trimmed.lastIndexOf('@');
  if (at < 0) return { problem: 'no @ in the address' };
  const local = trimmed.slice(0, at);
  const problem = localProblem(local);
  if (problem !== undefined) return { problem };

  const domain = toAsciiDomain(trimmed.slice(at + 1));
  if (typeof domain !== 'string') return domain;
  if (octets(local) + 1 + domain.length > MAX_PATH_OCTETS) {
    return { problem: `address longer than ${MAX_PATH_OCTETS} octets` };
  }
  return { local, domain };
}

/** True for a local part that only a host with SMTPUTF8 can be asked about (RFC 6531 §3.2). */
export function needsSmtpUtf8(address: Address): boolean {
  return /[^\u0000-\u007F]/u.test(address.local);
}

/** The address as it stands between the angle brackets of RCPT TO. */
export function formatAddress(address: Address): string {
  return `${address.local}@${address.domain}`;
}

/** The text of an address as it goes over the wire; what is no address stays as it is. */
export function asSent(text: string): string {
  const address = parseAddress(text);
  return 'problem' in address ? text : formatAddress(address);
}

/**
 * Gives a domain in lower-case A-label form, or the problem with it: RFC 1035 §2.3.1 letters, digits,
 * hyphens (no underscore: RFC 5321 §2.3.5 knows none), at least two labels.
 * One trailing dot is forgiven.
 */
export function toAsciiDomain(text: string): string | AddressProblem {
  const bare = text.endsWith('.') ? text.slice(0, -1) : text;
  if (bare === '') return { problem: 'no domain after the @' };
  if (bare.startsWith('[')) return { problem: 'address literals are not probed' };
  const ascii = /^[a-z0-9.-]+$/.test(bare) && !bare.includes('xn--') ? bare : toALabels(bare);
  if (ascii === undefined) return { problem: 'not a domain name' };
  if (ascii.length > MAX_DOMAIN_OCTETS) return { problem: `domain longer than ${MAX_DOMAIN_OCTETS} octets` };

  const labels = ascii.split('.');
  if (labels.length < 2) return { problem: 'domain of a single label' };
  if (!labels.every((label) => LABEL.test(label))) return { problem: 'not a domain name' };
  if (/^\d+$/.test(labels.at(-1)!)) return { problem: 'address literals are not probed' };
  return ascii;
}

function localProblem(local: string): string | undefined {
  if (local === '') return 'nothing before the @';
  if (octets(local) > MAX_LOCAL_OCTETS) return `local part longer than ${MAX_LOCAL_OCTETS} octets`;
  if (local.startsWith('"')) return QUOTED_STRING.test(local) ? undefined : 'malformed quoted local part';
  return DOT_STRING.test(local) ? undefined : 'character or dot that a local part cannot have';
}

// The URL parser is the UTS 46 implementation that Node carries; the host alone is given to it.
function toALabels(domain: string): string | undefined {
  if (NOT_A_HOST.test(domain)) return undefined;
  try {
    return new URL(`http://${domain}`).hostname;
  } catch {
    return undefined;
  }
}

function octets(text: string): number {
  return new TextEncoder().encode(text).length;
}
