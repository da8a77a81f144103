// Tells a host that does not know a command from one that refuses us.

import type { Reply } from '../domain/observation.ts';

const UNKNOWN_COMMAND: ReadonlySet<number> = new Set([500, 502, 504]); // RFC 5321 §4.2.4
const POLICY_WORDS = /access|bann|black|block|denied|dns|list|policy|reject|reputation|spam/i;

/** True for the codes by which a host says that it does not know a command. */
export function isUnknownCommand({ code }: Reply): boolean {
  return UNKNOWN_COMMAND.has(code);
}

/**
 * True for a refusal of EHLO that leaves HELO to be tried (RFC 5321 §3.2): some hosts answer another 5xx than those
 * for it. One that names its policy knows the command very well.
 */
export function isEhloUnknown(reply: Reply): boolean {
  if (reply.code < 500) return false;
  const isPolicy = reply.enhanced?.startsWith('5.7.') === true || POLICY_WORDS.test(reply.text);
  return isUnknownCommand(reply) || !isPolicy;
}
