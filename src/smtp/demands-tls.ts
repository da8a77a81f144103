// Tells a refusal that STARTTLS would overcome. What the refusal means for a row, when it stands, is domain/classify.ts.

import type { Reply } from '../domain/observation.ts';

// "Must issue a STARTTLS command first", Exchange's "STARTTLS is required", Postfix's "Session encryption is required"
const ENCRYPTION = /starttls|\b(?:tls|ssl)(?:v[0-9.]+)?\b|encrypt|secure (?:connection|channel|session)/i;
const LOGIN = /auth|log ?[io]n\b|credential|password/i;

/**
 * True for a refusal, temporary or permanent, that asks for encryption: in words, by the enhanced code X.7.10 (RFC 5248),
 * or as a 530 that asks for no login instead (RFC 3207 §4; RFC 4954 §6). One taken for it wrongly costs a handshake
 * where the host offers STARTTLS, and nothing else.
 */
export function demandsTls({ code, enhanced, text }: Reply): boolean {
  if (code < 400) return false;
  if (ENCRYPTION.test(text) || enhanced?.endsWith('.7.10') === true) return true;
  return code === 530 && !LOGIN.test(text);
}
