// What an MX host answers to a recipient: the script's own word, then greylisting, known mailboxes,
// catch-all domains, and the refusal of the rest. Pure, apart from the greylist it is handed.

import { DEFAULT_REPLY, type Mailbox, type MxScript, type Visit } from './mx-script.ts';

/** When a pair of sender and recipient was first seen, in milliseconds since 1970 (RFC 6647 §2.2). */
export type Greylist = Map<string, number>;

/** The reply to RCPT for `recipient` as it stood between the angle brackets. */
export function answerRcpt(
  script: MxScript,
  recipient: string,
  visit: Visit,
  greylist: Greylist,
  now: number,
): string {
  const { sender } = visit;
  if (script.rcpt !== undefined) {
    const reply = typeof script.rcpt === 'string' ? script.rcpt : script.rcpt(recipient, visit);
    return fill(reply, recipient, sender);
  }
  const address = recipient.toLowerCase();
  const at = address.lastIndexOf('@');
  const [local, domain] = [address.slice(0, at), address.slice(at + 1)];
  if (script.domains !== undefined && !script.domains.includes(domain)) {
    return fill(script.notServed ?? DEFAULT_REPLY.notServed, recipient, sender);
  }
  const hasPassed = (seconds: number) => hasWaited(greylist, `${sender} ${address}`, seconds, now);
  const greylisted = fill(script.greylistReply ?? DEFAULT_REPLY.greylisted, recipient, sender);
  if (script.greylistSeconds !== undefined && !hasPassed(script.greylistSeconds)) return greylisted;

  const mailbox: Mailbox | undefined = own(script.mailboxes, address) ?? own(script.mailboxes, local);
  if (typeof mailbox === 'string') return fill(mailbox, recipient, sender);
  if (mailbox !== undefined) {
    if (hasPassed(mailbox.greylistSeconds)) return DEFAULT_REPLY.accepted;
    return mailbox.reply === undefined ? greylisted : fill(mailbox.reply, recipient, sender);
  }
  if (script.catchAll === true || script.catchAll?.includes(domain)) return DEFAULT_REPLY.accepted;
  return fill(own(script.unknownIn, domain) ?? script.unknown ?? DEFAULT_REPLY.unknown, recipient, sender);
}

/** Puts the addresses into a reply's `{rcpt}` and `{from}`. */
export function fill(reply: string, recipient: string, sender: string): string {
  return reply.includes('{') ? reply.replaceAll('{rcpt}', recipient).replaceAll('{from}', sender) : reply;
}

// True from the first question's time on plus `seconds`; the first question starts the wait.
function hasWaited(greylist: Greylist, key: string, seconds: number, now: number): boolean {
  const first = greylist.get(key);
  if (first !== undefined) return now - first >= seconds * 1000;
  greylist.set(key, now);
  return seconds <= 0;
}

// A record from JSON has a prototype, and local parts can be called "constructor".
function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}
