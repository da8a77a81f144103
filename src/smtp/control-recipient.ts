// Names the control recipient of a domain: a mailbox that cannot exist, asked about only to learn whether the
// domain's hosts accept everybody.

import { createHmac } from 'node:crypto';

// Neither vowels nor digits that pass for them: whatever comes out, it is no word and nobody's name.
const LETTERS = 'bcdfghjkmnpqrstvwxz';
const ALPHABET = `${LETTERS}23456789`;
const MIN_LENGTH = 12;
const LENGTHS = 5; // 12 to 16 characters, as long as ordinary local parts may be

/**
 * Gives the local part to ask for at `domain`: 12 to 16 lower-case consonants and digits, a letter first.
 *
 * It is the HMAC-SHA256 of the domain under the installation's `key`, so it is the same on every server and on
 * every day: a new one each time would never pass greylisting, and would look like a dictionary attack.
 */
export function controlRecipient(domain: string, key: string): string {
  const digest = createHmac('sha256', key).update(domain).digest();
  const length = MIN_LENGTH + (digest[0]! % LENGTHS);
  return Array.from(digest.subarray(1, 1 + length), (byte, place) => {
    const characters = place === 0 ? LETTERS : ALPHABET;
    return characters[byte % characters.length]!;
  }).join('');
}
