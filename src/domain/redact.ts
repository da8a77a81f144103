// How addresses stand in logs, by LOG_REDACT: the one place that decides it. Batch files, journals and the database hold them
// as they are: they are what is worked with. Pure: how a hash is made is handed in.

import { formatAddress, parseAddress } from './address.ts';

/** `mask` leaves the domain of an address, `hash` nothing: the same address is the same word in the logs of all servers. */
export type RedactPolicy = 'none' | 'mask' | 'hash';

export interface Redactor {
  /** An address, or what should have been one, as it may be logged. */
  address(text: string): string;
  /** A text as it may be logged, without the addresses in it, nor the local part of `about`, which hosts like to quote. */
  text(text: string, about?: string): string;
}

export const NOTHING_REDACTED: Redactor = { address: (text) => text, text: (text) => text };

const MASK = '***';

/** Whatever may be an address in a text: what stands round an @, up to blanks, brackets, quotes and the like. */
const ADDRESS = /[^\s<>()[\]{}"',;:|=]+@[^\s<>()[\]{}"',;:|=]+/gu;

/** Gives what redacts by masking local parts. */
export function maskingRedactor(): Redactor {
  return redactorOf(maskAddress, MASK);
}

/** Gives what redacts by a hash; `hash` is given an address in its one form. */
export function hashingRedactor(hash: (address: string) => string): Redactor {
  return redactorOf((text) => `#${hash(oneForm(text))}`, MASK);
}

function redactorOf(address: (text: string) => string, localPart: string): Redactor {
  return {
    address,
    text: (text, about) => {
      const bare = text.includes('@') ? text.replace(ADDRESS, (found) => redactFound(found, address)) : text;
      return about === undefined ? bare : withoutLocalPart(bare, about, localPart);
    },
  };
}

/** A full stop behind an address ends the sentence. */
function redactFound(found: string, address: (text: string) => string): string {
  const end = /\.*$/.exec(found)![0];
  return address(found.slice(0, found.length - end.length)) + end;
}

function maskAddress(text: string): string {
  const at = text.lastIndexOf('@');
  return at < 0 ? MASK : MASK + text.slice(at);
}

/** The form in which an address is compared: two that differ in case are one here. */
function oneForm(text: string): string {
  const address = parseAddress(text);
  return ('problem' in address ? text.trim() : formatAddress(address)).toLowerCase();
}

function withoutLocalPart(text: string, about: string, instead: string): string {
  const local = about.slice(0, Math.max(about.lastIndexOf('@'), 0)).trim();
  if (local.length < 2) return text;
  const quoted = local.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}])${quoted}(?![\\p{L}\\p{N}])`, 'giu'), () => instead);
}
