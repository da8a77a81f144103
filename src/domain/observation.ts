// What a probe saw: a stage of the dialogue, an MX host, and either a reply or a failure.
// It is evidence, not opinion: classify.ts draws the conclusion. An observation is plain data and
// travels whole from the session to the batch file, so that a verdict can be made again later.

/** The step of a probe at which something was observed; `dns` and `connect` come before any SMTP. */
export type Stage = 'dns' | 'connect' | 'greeting' | 'ehlo' | 'starttls' | 'mail' | 'rcpt' | 'rset' | 'quit';

/** One SMTP reply. `text` holds all lines without their codes, joined by `\n`. */
export interface Reply {
  /** The three-digit reply code (RFC 5321 §4.2). */
  readonly code: number;
  /** The enhanced status code (`5.1.1`) where it stands by RFC 2034 §4 or a known deviation. */
  readonly enhanced: string | undefined;
  readonly text: string;
}

/** Why there was no reply. */
export type Failure =
  | 'timeout' // silence longer than the limit, at any stage
  | 'refused' // ECONNREFUSED
  | 'unreachable' // no route, network down, or any other connect error
  | 'lost' // the host closed or reset the connection
  | 'garbled' // what came was not SMTP, or broke the bounds on lines and replies
  | 'dns-failure' // SERVFAIL, REFUSED, time-out: the domain may exist
  | 'no-such-domain' // NXDOMAIN
  | 'null-mx' // RFC 7505: the domain says it takes no mail
  | 'no-mail-host' // neither MX nor A/AAAA, or MX records that name no usable host
  | 'private-host'; // every address of the mail hosts is private, loopback or reserved

interface ObservedAt {
  readonly stage: Stage;
  /** Name of the MX host, undefined when the probe never got to one. */
  readonly host?: string | undefined;
  readonly ip?: string | undefined;
}

export interface ReplyObservation extends ObservedAt {
  readonly type: 'reply';
  readonly reply: Reply;
}

export interface FailureObservation extends ObservedAt {
  readonly type: 'failure';
  readonly failure: Failure;
  /** The system's own word where it adds something: `ECONNRESET`, `SERVFAIL`, `line over 4096 bytes`. */
  readonly detail?: string | undefined;
}

export type Observation = ReplyObservation | FailureObservation;
