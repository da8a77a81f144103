// What was said in one session, kept by reference while it goes on, so that every row asked about in it can have its own
// part of it in words. Lines that all rows share are made once, and only when the first of them asks.
// How much of several sessions a row's transcript holds is transcript.ts.

import { cleanLine } from '../domain/clean-text.ts';
import type { FailureObservation, Reply } from '../domain/observation.ts';
import type { Command, Recipient } from './transaction.ts';

/** In UTF-16 code units; a longer line is cut. */
const MAX_LINE = 300;
/** Lines of one reply that are shown. */
const MAX_REPLY_LINES = 16;
/** A longer reply is not kept but made into lines at once: a host may send 64 KB in answer to every command. */
const MAX_KEPT_TEXT = 4_000;

/** Beyond what cleaning leaves as it is. */
const UNCLEAN = /[^ -~→✗]/;

interface Entry {
  /** Undefined for a note. */
  readonly command: Command | undefined;
  readonly reply: Reply | undefined;
  readonly note: string | undefined;
  /** Made when they are first asked for. */
  lines: readonly string[] | undefined;
}

export class SessionLog {
  readonly openedAt = performance.now();
  readonly #entries: Entry[] = [];

  /** `heading` says whom the session is with. */
  constructor(heading: string) {
    this.note(heading);
  }

  /** Grows with every entry: a mark up to which `linesAbout` may be asked later. */
  get length(): number {
    return this.#entries.length;
  }

  /** The mark behind the last entry of the recipient's own RCPT, or that of its domain's control recipient. */
  lengthAbout(recipient: Recipient): number {
    return this.#entries.findLastIndex(({ command }) => isAbout(command, recipient)) + 1;
  }

  /** Notes replies and the commands that they answer, the first the first. */
  said(commands: readonly Command[], replies: readonly Reply[]): void {
    for (const [place, command] of commands.entries()) {
      const reply = replies[place];
      if (reply === undefined) return;
      this.#entries.push(entryOf(command, reply));
    }
    if (replies.length > commands.length) this.note('(more replies than commands)');
  }

  /** Notes how the connection failed, and what was left without an answer. */
  failed(unanswered: readonly Command[], { failure, stage, detail }: Omit<FailureObservation, 'type'>): void {
    for (const command of unanswered)
      this.#entries.push({ command, reply: undefined, note: undefined, lines: undefined });
    this.note(`✗ ${failure} at ${stage}${detail === undefined ? '' : `: ${detail}`}`);
  }

  note(text: string): void {
    this.#entries.push({ command: undefined, reply: undefined, note: text, lines: undefined });
  }

  /**
   * Gives the lines that concern `recipient` among the first `until` entries: whatever is about the session, its own
   * RCPT and that of its domain's control recipient, with the MAIL before them. Of others there is only the number.
   */
  linesAbout(recipient: Recipient, until: number): readonly string[] {
    const lines: string[] = [];
    let opening: readonly Entry[] = []; // RSET and MAIL, as long as it is not known whether the transaction concerns it
    let [before, others] = [0, 0]; // recipients of earlier transactions, and of this one
    for (const entry of this.#entries.slice(0, until)) {
      const { command } = entry;
      if (command?.verb === 'rcpt' && !isAbout(command, recipient)) others++;
      else if (opensTransaction(entry)) {
        [before, others] = [before + others, 0];
        opening = command?.verb === 'rset' ? [entry] : [...opening, entry];
      } else {
        if (command?.verb === 'rcpt') {
          lines.push(...othersLine(before), ...opening.flatMap(linesOf), ...othersLine(others));
        } else lines.push(...othersLine(before + others));
        if (command !== undefined) opening = [];
        [before, others] = [0, 0];
        lines.push(...linesOf(entry));
      }
    }
    return [...lines, ...othersLine(before + others)];
  }
}

function entryOf(command: Command, reply: Reply): Entry {
  if (reply.text.length <= MAX_KEPT_TEXT) return { command, reply, note: undefined, lines: undefined };
  // Through a buffer, since a part of a text keeps the whole of it alive.
  const lines = [...commandLines(command), ...replyLines(reply)].map((line) => Buffer.from(line).toString());
  return { command, reply: { ...reply, text: '' }, note: undefined, lines };
}

/** True for RSET and MAIL that were accepted. */
function opensTransaction({ command, reply }: Entry): boolean {
  const isOpening = command?.verb === 'mail' || command?.verb === 'rset';
  return isOpening && reply !== undefined && reply.code < 300;
}

function isAbout(command: Command | undefined, recipient: Recipient): boolean {
  if (command?.recipient === undefined) return false;
  const { recipient: asked, isControl } = command;
  return asked === recipient || (isControl && asked.address.domain === recipient.address.domain);
}

function othersLine(count: number): readonly string[] {
  if (count === 0) return [];
  return [count === 1 ? '(1 other recipient)' : `(${count} other recipients)`];
}

function linesOf(entry: Entry): readonly string[] {
  entry.lines ??=
    entry.note === undefined
      ? [...commandLines(entry.command), ...replyLines(entry.reply)]
      : [fit(entry.note)];
  return entry.lines;
}

function commandLines(command: Command | undefined): readonly string[] {
  return command === undefined || command.line === '' ? [] : [fit(`C: ${command.line}`)];
}

function replyLines(reply: Reply | undefined): readonly string[] {
  if (reply === undefined) return [];
  const texts = reply.text.split('\n');
  const last = texts.length - 1;
  const lines = texts
    .slice(0, MAX_REPLY_LINES)
    .map((text, place) => fit(`S: ${reply.code}${place === last ? ' ' : '-'}${text}`));
  return last < MAX_REPLY_LINES ? lines : [...lines, `(${last + 1 - MAX_REPLY_LINES} more lines)`];
}

// Most lines need no cleaning, and to see that takes a fraction of doing it.
function fit(line: string): string {
  const isClean =
    line.length <= MAX_LINE && !UNCLEAN.test(line) && !line.includes('  ') && !line.endsWith(' ');
  return isClean ? line : cleanLine(line, MAX_LINE);
}
