// What of a reply may decide by its wording: the same text in two views, with everything taken out that is
// only quoted in it (addresses, host names of ours, the addresses of machines) and would decide by accident.
// Rules (reply-rules*.ts) match these views and never the raw text.

import { Memory } from './memory.ts';
import type { Reply } from './observation.ts';

/** Our own names and the address asked about: what a reply quotes back at us. */
export interface QuotedNames {
  readonly recipient?: string | undefined;
  readonly sender?: string | undefined;
  readonly ehloName?: string | undefined;
  readonly ownIp?: string | undefined;
}

/** The views that rules match. Each is one line of at most MAX_MATCHED characters. */
export interface ReplyWords {
  /** Lower case, without accents, links, addresses and status codes, `·` for a dot within a word: for wording. */
  readonly words: string;
  /** The same with the advice that was cut from it: it says why only where nothing else does. */
  readonly wordsWithAdvice: string;
  /** As sent, links included, addresses taken out: for providers' codes and for where a link points. */
  readonly marks: string;
}

/**
 * What is matched of a reply, in characters. Real replies are below 1 KiB; the bound keeps a hostile
 * 64 KiB from costing more than a few milliseconds. The reason may stand in the first line or the last
 * (smtp-knowledge: Hetzner's seven lines), so the middle goes.
 */
export const MAX_MATCHED = 2048;
const MAX_TAIL = 768;

// `a@b.cd`, however it is wrapped; bounded, so that a text of one long word stays linear.
const ADDRESS = /[^\s<>()[\]"',;:@]{1,64}@[^\s<>()[\]"',;:@.]{1,63}(?:\.[^\s<>()[\]"',;:@.]{1,63}){0,8}/gu;
/** `<postmaster>`, `<unknown[192.0.2.1]>`: angle brackets always quote. */
const ANGLED = /<[^<>\s]{0,320}>/gu;
const LINK = /\bhttps?:\/{1,2}[^\s<>"')\]]{1,500}/giu;
const BARE_LINK = /\bwww\.[^\s<>"')\]]{1,300}/giu;
const IPV4 = /\b\d{1,3}(?:\.\d{1,3}){3}\b/gu;
const IPV6 = /\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}\b|\b(?:[0-9a-f]{1,4}:){2,6}:[0-9a-f]{1,4}\b/giu;
/** `[DB5EUR01FT031.eop-EUR01.prod.protection.outlook.com]`: which machine speaks says nothing. */
const BRACKETED_HOST = /\[[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}\]/gu;
/** `host mx1.example.com said: 550 5.1.1`: codes within the text, after RFC 2034 and after Postfix. */
const STATUS = /(?:#|\b)[245]\.\d{1,3}\.\d{1,3}\b/gu;
/** Postfix's frame around what another host said to it; the machine named there is not us. */
const SAID_BY = /\bhost [^\s[\]]{1,255} ?\[[^\]\s]{1,64}\] said:|\(in reply to [a-z ]{1,30} command\)/giu;
/** `jo.meyer`, `example.com`: a dot within a word ends no sentence. */
const INNER_DOT = /(?<=[\p{L}\p{N}])\.(?=[\p{L}\p{N}])/gu;
/** `user_unknown`: words all the same. */
const INNER_UNDERSCORE = /_+/gu;
const BEYOND_ASCII = /\P{ASCII}/u;
const EMPTY_PAIR = /\(\s*\)|\[\s*\]|<\s*>|"\s*"|'\s*'|\{\s*\}/gu;
const COMBINING = /[\u0300-\u036f]/gu;

/** `If you think that your mail was blocked, see …`: what might be the case is not what is, up to the sentence's end. */
const ADVICE = new RegExp(
  String.raw`(?:${[
    String.raw`\bif you (?:\w+ )?(?:think|believe|feel|suspect|consider|disagree|wish|want|would|need|require|have|are (?:sure|certain|convinced|having))`,
    String.raw`\bif (?:this|that|it) (?:is|was|seems|appears|looks)[^.;!]{0,30}\b(?:error|mistake|wrong|incorrect)`,
    String.raw`\bshould you (?:think|believe|feel|have|need|require)`,
    String.raw`\b(?:for|to (?:get|obtain|find)) (?:any )?(?:more|further|additional|detailed|other) (?:info|detail|help|assistance|explanation)`,
    String.raw`\b(?:wenn|falls|sollten) sie (?:\w+ ){0,5}?(?:glauben|meinen|denken|annehmen|vermuten)|\bweitere (?:informationen|hinweise)|\bnahere informationen`,
    String.raw`\bsi vous (?:pensez|croyez|estimez)|\bpour (?:plus|davantage) d'info`,
    String.raw`\bsi (?:usted )?(?:cree|considera|piensa)|\bpara (?:mas|mayor) info`,
    String.raw`\bse (?:voce )?(?:acredita|acha|considera|ritiene|ritieni|pensa|pensi|credi|crede)|\bpara mais info|\bper (?:maggiori|ulteriori) info`,
    String.raw`\bals u (?:denkt|meent|vindt)|\bvoor meer info|\bjesli (?:uwazasz|sadzisz)|\bwiecej info`,
    String.raw`если вы (?:считаете|думаете|полагаете)|(?:подробн|дополнительн)\S+ информаци`,
  ].join('|')})[^.;!]{0,300}[.;!]*`,
  'gu',
);
/** `Sender ok, but recipient …`: what is said to be well is not to blame. */
const EXONERATED =
  /\b(?:sender|client|host|ip|domain|helo|connection|mail from)(?: address| name)?(?: is| was|,)? (?:ok|okay|fine|good|accepted)\b(?! (?:only|if|unless|when|from|by|for))(?:[ ,;]+(?:but|and))?/gu;

/** Letters that Unicode does not take apart into a base and an accent, as they are typed without one. */
const PLAIN: Readonly<Record<string, string>> = {
  ł: 'l',
  ø: 'o',
  đ: 'd',
  ı: 'i',
  ß: 'ss',
  æ: 'ae',
  '’': "'",
  '‘': "'",
  '`': "'",
  '´': "'",
};

/** Stands in the text where the IP address of a machine stood: whoever names one speaks of us. */
export const IP_MARK = '%ip';

// Hosts say the same to everybody but for the address that they quote.
const remembered = new Memory<ReplyWords>(200);
/** Stands for the recipient's address, and goes as any address does. */
const ANY_ADDRESS = 'a@b.cd';

/** Gives the views of `reply` that its rules match, whatever names and addresses it quotes. */
export function wordsOf({ text: said }: Reply, names: QuotedNames = {}): ReplyWords {
  const { recipient } = names;
  const isQuoted = recipient !== undefined && recipient.length > ANY_ADDRESS.length;
  const text = isQuoted ? said.replaceAll(recipient, ANY_ADDRESS) : said;
  const key = `${namesQuoted(names, text).join('\n')}\n${text}`;
  return remembered.recall(key, () => viewsOf(text, names));
}

/** The names that could stand in the text: it reads the same for whoever differs in others alone. */
function namesQuoted({ recipient, sender, ehloName, ownIp }: QuotedNames, text: string): readonly string[] {
  const lowered = text.toLowerCase();
  const [local, domain] = splitAddress(recipient);
  const [, senderDomain] = splitAddress(sender);
  // What is cut out leaves a blank, so that a name with one in it may come about.
  const mayStand = (name: string | undefined): boolean =>
    name !== undefined && (name.includes(' ') || lowered.includes(name.toLowerCase()));
  return [local, domain, senderDomain, ehloName, ownIp].map((name) => (mayStand(name) ? name! : ''));
}

function viewsOf(text: string, names: QuotedNames): ReplyWords {
  const quoted = withoutQuoted(bounded(text), names);
  const unlinked = withoutIps(quoted.replace(LINK, ' ').replace(BARE_LINK, ' '));
  const bare = unlinked.replace(BRACKETED_HOST, ' ').replace(STATUS, ' ').replace(EMPTY_PAIR, ' ');
  const spelled = plain(bare.replace(INNER_DOT, '·').replace(INNER_UNDERSCORE, ' '));
  const wordsWithAdvice = trimmed(spelled.replace(EXONERATED, ' '));
  return {
    words: trimmed(wordsWithAdvice.replace(ADVICE, ' ')),
    wordsWithAdvice,
    marks: squeezed(withoutIps(quoted)),
  };
}

/**
 * True when `reply` names our sender's address or domain and nothing of the recipient's: whoever is "unknown" there,
 * it is the sender ("550 Verification failed for <us>", "550 domain us.example does not exist").
 */
export function quotesOnlySender(reply: Reply, { recipient, sender, ehloName }: QuotedNames): boolean {
  const [, senderDomain = ''] = splitAddress(sender);
  const [, recipientDomain = ''] = splitAddress(recipient);
  if (senderDomain === '' || senderDomain.toLowerCase() === recipientDomain.toLowerCase()) return false;

  const text = bounded(reply.text);
  const lowered = text.toLowerCase();
  if (!lowered.includes(senderDomain.toLowerCase())) return false;
  if (recipientDomain !== '' && wholeName(recipientDomain).test(text)) return false;
  // The bare domain may be quoted as the name we greeted with; the whole address cannot.
  if (sender !== undefined && lowered.includes(sender.toLowerCase())) return true;
  return senderDomain.toLowerCase() !== ehloName?.toLowerCase() && wholeName(senderDomain).test(text);
}

function bounded(text: string): string {
  return text.length <= MAX_MATCHED
    ? text
    : `${text.slice(0, MAX_MATCHED - MAX_TAIL - 1)} ${text.slice(-MAX_TAIL)}`;
}

function withoutQuoted(text: string, names: QuotedNames): string {
  let left = text.replace(SAID_BY, ' ').replace(ADDRESS, ' ').replace(ANGLED, ' ');
  for (const name of literalNames(names, left.toLowerCase())) left = left.replace(name, ' ');
  return left;
}

function withoutIps(text: string): string {
  return text.replace(IPV4, ` ${IP_MARK} `).replace(IPV6, ` ${IP_MARK} `);
}

// A local part such as `user` is also an everyday word: it goes only where it can be nothing else, quoted or
// at the start before `:` or `...` (sendmail's manner).
function literalNames(names: QuotedNames, lowered: string): readonly RegExp[] {
  const [local, domain] = splitAddress(names.recipient);
  const [, senderDomain] = splitAddress(names.sender);
  const whole = [domain, senderDomain, names.ehloName, names.ownIp].filter(
    (name) => name !== undefined && name.length > 3,
  );
  // A pattern is dear to make, and most replies quote nothing.
  const quotes = (name: string): boolean => lowered.includes(name.toLowerCase());
  return [
    ...whole.filter((name) => quotes(name!)).map((name) => wholeName(name!, 'giu')),
    ...(local && quotes(local)
      ? [
          new RegExp(
            String.raw`^\s*${escaped(local)}(?=\s*(?::|\.\.))|(?<=["'(])${escaped(local)}(?=["')])`,
            'giu',
          ),
        ]
      : []),
  ];
}

function wholeName(name: string, flags = 'iu'): RegExp {
  return new RegExp(String.raw`(?<![\w.-])${escaped(name)}(?![\w-])`, flags);
}

function splitAddress(address: string | undefined): readonly (string | undefined)[] {
  const at = address?.lastIndexOf('@') ?? -1;
  return at < 0 ? [] : [address!.slice(0, at), address!.slice(at + 1)];
}

function escaped(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

function plain(text: string): string {
  if (isAscii(text)) return text.toLowerCase().replaceAll('`', "'");
  const unaccented = text.toLowerCase().normalize('NFD').replace(COMBINING, '').normalize('NFC');
  return unaccented.replace(/[łøđıßæ’‘`´]/gu, (letter) => PLAIN[letter]!);
}

/** True when `text` holds no letter beyond those of English. */
export function isAscii(text: string): boolean {
  return !BEYOND_ASCII.test(text);
}

function trimmed(text: string): string {
  return squeezed(text).replace(/^[ :;,.-]+/u, '');
}

function squeezed(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}
