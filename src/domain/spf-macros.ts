// Fills the macros of an SPF record: the parts of a name that follow from who sends (RFC 7208 §7).

import { partsOf, type IpAddress } from './ip-address.ts';

export interface MacroSource {
  readonly ip: IpAddress;
  readonly sender: string;
  readonly ehloName: string;
  /** Whose record it stands in. */
  readonly domain: string;
}

const MACRO = /%(?:\{([a-z])(\d{0,3})(r?)([-.+,/_=]*)\}|([%_-])|)/gi;
const LITERAL: Readonly<Record<string, string>> = { '%': '%', _: ' ', '-': '%20' };

/** Gives the text with its macros filled; undefined where one is none. */
export function expandMacros(text: string, source: MacroSource): string | undefined {
  let isGood = true;
  const filled = text.replace(
    MACRO,
    (_, letter?: string, digits = '', turn = '', marks = '', literal?: string) => {
      if (literal !== undefined) return LITERAL[literal]!;
      const value = letter === undefined ? undefined : valueOf(letter.toLowerCase(), source);
      if (value === undefined || digits === '0') {
        isGood = false;
        return '';
      }
      const parts = value.split(
        marks === '' ? '.' : new RegExp(`[${marks.replace(/[-/]/g, String.raw`\$&`)}]`),
      );
      if (turn !== '') parts.reverse();
      return parts.slice(digits === '' ? 0 : -Number(digits)).join('.');
    },
  );
  return isGood && filled !== '' ? filled : undefined;
}

function valueOf(letter: string, { ip, sender, ehloName, domain }: MacroSource): string | undefined {
  const at = sender.lastIndexOf('@');
  switch (letter) {
    case 's':
      return sender;
    case 'l':
      return sender.slice(0, at);
    case 'o':
      return sender.slice(at + 1);
    case 'd':
      return domain;
    case 'i':
      return partsOf(ip).join('.');
    case 'v':
      return ip.family === 4 ? 'in-addr' : 'ip6';
    case 'h':
      return ehloName;
    case 'p':
      return 'unknown'; // RFC 7208 §7.3: nobody needs more
    default:
      return undefined;
  }
}
