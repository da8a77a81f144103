// Makes a Reply of the lines that a host sent: reply code, enhanced status code and text, three fields.
// Decides nothing about what they mean (classify.ts), and nothing about where a reply ends (smtp's reader).
// `text` is every line without its three-digit code, joined by `\n`; an enhanced status code stays in
// it, because its place in a line is evidence of its own.

import type { Reply } from './observation.ts';

// `[2-5][0-5][0-9]` by RFC 5321 §4.2; hosts in the field also answer 460, 571, 585 and 591. The last line may
// end after its code (§4.2.1), and a tab does duty for the blank here and there.
const REPLY_LINE = /^([2-5][0-9]{2})(?:[ \t-]|$)(.*)$/su;

const STATUS = String.raw`([245]\.[0-9]{1,3}\.[0-9]{1,3})(?![.0-9]*[0-9])`;
/** RFC 2034 §4: directly after the reply code. Brackets and `#` around it are Cisco's and others' habit. */
const LEADING = new RegExp(String.raw`^\s*[#([]{0,2}${STATUS}`);
/** `(#5.1.1)` behind the text: qmail, IronPort, Symantec. */
const HASHED = new RegExp(`#${STATUS}`);
/** `cuda_nsu 5.1.1`: Barracuda names its module first. */
const NAMED = new RegExp(String.raw`^cuda_\w+ ${STATUS}`);

/**
 * Gives the reply that `lines` are (in order, CRLF removed), or undefined when one of them does not
 * begin with a reply code. Lines that disagree about the code are taken by the last one, which ends the
 * reply (RFC 5321 §4.2.1). Never throws.
 */
export function assembleReply(lines: readonly string[]): Reply | undefined {
  const texts: string[] = [];
  let code: string | undefined;
  for (const line of lines) {
    const [, lineCode, text] = REPLY_LINE.exec(line) ?? [];
    if (lineCode === undefined || text === undefined) return undefined;
    code = lineCode;
    texts.push(text);
  }
  if (code === undefined) return undefined;
  return { code: Number(code), enhanced: enhancedCode(code, texts), text: texts.join('\n') };
}

/**
 * Gives the reply written as one text, its lines parted by line ends, as files and people keep replies.
 * More lenient than the wire: a line without a code continues the one before. Undefined when even the
 * first line has none.
 */
export function parseReplyText(text: string): Reply | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const first = REPLY_LINE.exec(lines[0] ?? '')?.[1];
  if (first === undefined) return undefined;
  return assembleReply(
    lines.map((line) => (line.startsWith(first) && REPLY_LINE.test(line) ? line : `${first}-${line}`)),
  );
}

// A code whose class is not the reply's (Exchange's `451 5.7.3`) still names the subject, so it
// counts where it stands first and nothing better was found; anywhere else it is part of some other text.
function enhancedCode(code: string, texts: readonly string[]): string | undefined {
  const sameClass = (found: string | undefined): found is string => found?.[0] === code[0];
  for (const pattern of [LEADING, NAMED, HASHED]) {
    const found = texts.map((text) => pattern.exec(text)?.[1]).find(sameClass);
    if (found !== undefined) return found;
  }
  return code[0] === '2' ? undefined : LEADING.exec(texts[0]!)?.[1];
}
