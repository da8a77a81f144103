// The one place where a line for the wire is made. Addresses were parsed at the door, so whatever is stopped here
// is a bug of ours, and not something to be mended: it throws.

// C0 and C1 controls, DEL, line and paragraph separators; what could end a line or a path early.
// oxlint-disable-next-line no-control-regex
const UNSENDABLE = /[\u0000-\u001F\u007F-\u009F\u2028\u2029<>]/u;
const BEYOND_ASCII = /[\u0080-\u{10FFFF}]/u;

type Opening = 'EHLO ' | 'HELO ' | 'STARTTLS' | 'MAIL FROM:<' | 'RCPT TO:<' | 'RSET' | 'QUIT';
type Closing = '' | '>' | '> SMTPUTF8';

/**
 * Gives the line `opening + argument + closing`, without its CRLF. Throws when the argument holds a control
 * character or an angle bracket, or anything beyond ASCII in a transaction that was not opened with SMTPUTF8 (RFC 6531 §3.4).
 */
export function commandLine(
  opening: Opening,
  argument = '',
  closing: Closing = '',
  charset: 'ascii' | 'utf-8' = 'ascii',
): string {
  if (UNSENDABLE.test(argument) || (charset === 'ascii' && BEYOND_ASCII.test(argument))) {
    throw new Error(
      `refusing to send ${JSON.stringify(opening + argument + closing)}: an unsendable character`,
    );
  }
  return opening + argument + closing;
}
