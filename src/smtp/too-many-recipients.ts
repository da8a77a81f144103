// Whether a host refuses a recipient because its transaction has too many.

import type { Reply } from '../domain/observation.ts';

/** True for 452, 552, which is to be read the same way (RFC 5321 §4.5.3.1.10), and OpenSMTPD's 451, where they say so. */
export function isTooManyRecipients({ code, enhanced, text }: Reply): boolean {
  if (code !== 451 && code !== 452 && code !== 552) return false;
  return enhanced?.endsWith('.5.3') === true || /too many recipients/i.test(text);
}
