// How an MX host behaves, as data: everything has a default, so that a test says only what it is about.
// Without functions in it a script survives JSON, which is how a world is given to another process.
// mx-host.ts plays it.

/** What a host waits for or says; `greeting` comes unasked, the others answer a command. */
export type Step =
  | 'greeting'
  | 'ehlo'
  | 'helo'
  | 'starttls'
  | 'mail'
  | 'rcpt'
  | 'rset'
  | 'noop'
  | 'quit'
  | 'data'
  | 'vrfy'
  | 'other';

/**
 * A whole reply, its lines parted by `\n` and each with its code: `550-5.1.1 no\n550 5.1.1 such user`.
 * `{rcpt}` and `{from}` stand for the address asked about and the sender.
 */
export type ReplyText = string;

/** A reply, or a function of the command's argument (for RCPT and MAIL the address) that gives one. */
export type Answer = ReplyText | ((argument: string, visit: Visit) => ReplyText);

/** What the host knows about the session that asks. */
export interface Visit {
  readonly session: number;
  readonly sender: string;
  /** RCPTs that this session has asked, this one included. */
  readonly rcpts: number;
  /** The source address. */
  readonly clientIp: string;
}

/** How a mailbox answers RCPT. */
export type Mailbox =
  | ReplyText
  /** Accepts once this many seconds have passed since this sender first asked; `reply` until then. */
  | { readonly greylistSeconds: number; readonly reply?: ReplyText | undefined };

/** What a host does at a step instead of replying. */
export type Misbehaviour =
  | 'silent' // no reply, connection held open
  | 'close' // FIN
  | 'reset' // RST
  | 'garbage' // bytes that are no SMTP, then silence
  | 'endless-line' // a reply that never ends its first line
  | 'endless-continuation' // line after line, each announcing another
  | 'drip'; // the right reply, a byte at a time

export interface MxScript {
  /** The host's own name, in its greeting and EHLO reply. */
  readonly name?: string | undefined;
  readonly greeting?: ReplyText | undefined;
  readonly ehlo?: Answer | undefined;
  readonly helo?: Answer | undefined;
  /** EHLO keywords. Commands may be pipelined only where PIPELINING is among them; others are a violation. */
  readonly extensions?: readonly string[] | undefined;
  readonly mail?: Answer | undefined;
  readonly rcpt?: Answer | undefined;
  readonly rset?: Answer | undefined;
  readonly quit?: Answer | undefined;

  /** Lower-case address, or local part where `domains` is not given → its answer. Asked after `rcpt`. */
  readonly mailboxes?: Readonly<Record<string, Mailbox>> | undefined;
  /** Domains that are taken mail for; without it all are. Others get `notServed`. */
  readonly domains?: readonly string[] | undefined;
  /** Domains whose every local part is accepted, or `true` for all. */
  readonly catchAll?: true | readonly string[] | undefined;
  /** What a recipient that is nowhere above is answered. */
  readonly unknown?: ReplyText | undefined;
  /** The same for one domain, where it differs. */
  readonly unknownIn?: Readonly<Record<string, ReplyText>> | undefined;
  readonly notServed?: ReplyText | undefined;
  /** Answered instead of all mailboxes, existing or not, until the sender asked this long ago first. */
  readonly greylistSeconds?: number | undefined;
  readonly greylistReply?: ReplyText | undefined;

  /** Reply time: a reply leaves this long after its command arrived; a number for every step, or by step. */
  readonly latencyMs?: number | Readonly<Partial<Record<Step, number>>> | undefined;
  readonly misbehave?: Readonly<Partial<Record<Step, Misbehaviour>>> | undefined;
  /** Milliseconds between the bytes of a `drip`. */
  readonly dripMs?: number | undefined;

  /** Connections at once; one more is greeted with `tooManyConnections` and closed. */
  readonly maxConnections?: number | undefined;
  readonly tooManyConnections?: ReplyText | undefined;
  /** RCPTs of a transaction; more get 452 4.5.3 (RFC 5321 §4.5.3.1.10). */
  readonly maxRcptsPerTransaction?: number | undefined;
  /** RCPTs of a session; the next is answered 421 and the connection closed. */
  readonly maxRcpts?: number | undefined;
  /** Refused RCPTs of a session; the next command is answered 421 and the connection closed. */
  readonly maxRefusals?: number | undefined;
  /** Commands of a session; on the next the connection is closed without a word. */
  readonly maxCommands?: number | undefined;

  /** STARTTLS is offered; `required` refuses MAIL with 530 before it (RFC 3207 §4). */
  readonly startTls?: 'offered' | 'required' | undefined;
}

/** The keywords that most hosts of today advertise. */
export const USUAL_EXTENSIONS = [
  'PIPELINING',
  'SIZE 36700160',
  '8BITMIME',
  'ENHANCEDSTATUSCODES',
  'SMTPUTF8',
] as const;

export const DEFAULT_REPLY = {
  mail: '250 2.1.0 Ok',
  accepted: '250 2.1.5 Ok',
  unknown: '550 5.1.1 <{rcpt}>: Recipient address rejected: User unknown in virtual mailbox table',
  notServed: '554 5.7.1 <{rcpt}>: Relay access denied',
  greylisted: '450 4.2.0 <{rcpt}>: Recipient address rejected: Greylisted, please come back later',
  tooManyConnections: '421 4.7.0 too many connections from your host, try again later',
  tooManyInTransaction: '452 4.5.3 Error: too many recipients',
  tooManyInSession: '421 4.7.0 too many recipients in this session, closing connection',
  tooManyRefusals: '421 4.7.0 Error: too many errors',
  rset: '250 2.0.0 Ok',
  noop: '250 2.0.0 Ok',
  quit: '221 2.0.0 Bye',
  data: '554 5.5.1 Error: no mail is taken here',
  vrfy: '252 2.0.0 Cannot VRFY user',
  other: '502 5.5.2 Error: command not recognized',
  sequence: '503 5.5.1 Error: bad sequence of commands',
  syntax: '501 5.5.4 Syntax error in parameters or arguments',
  startTls: '220 2.0.0 Ready to start TLS',
  mustStartTls: '530 5.7.0 Must issue a STARTTLS command first',
} as const satisfies Record<string, ReplyText>;
