// What is known of a session at a time: who we are in it, what the host offers, which commands it has not answered, how much
// of its budget is used up; and what follows from that without another reply. How one state follows from the other is dialogue.ts.

import type { Reply, Stage } from '../domain/observation.ts';
import type { Manners } from '../domain/providers.ts';
import { NO_CAPABILITIES, type Capabilities } from './capabilities.ts';
import { demandsTls } from './demands-tls.ts';
import { isRcpt, type Command, type Recipient, type Verb } from './transaction.ts';

/** Who we are, and how we behave. */
export interface Plan {
  readonly ehloName: string;
  readonly mailFrom: string;
  readonly manners: Manners;
  /** False: one command at a time, whatever the host offers. */
  readonly pipelines: boolean;
  /** False: the host hangs up on EHLO. */
  readonly saysEhlo: boolean;
  /** Whether to encrypt a session with a host that offers STARTTLS. */
  readonly tls: TlsUse;
}

/** `on-demand`: when the host refuses to go on without; `at-once`: it has done so before; `never`: it does not work. */
export type TlsUse = 'on-demand' | 'at-once' | 'never';

/** `demanded`: refused for want of encryption, STARTTLS to follow; `begun` until the host has answered under it. */
export type TlsState = 'none' | 'demanded' | 'begun' | 'encrypted';

/** `leaving` from QUIT on: nothing that comes then is about a recipient. `over`: nothing is read any more. */
export type Course = 'asking' | 'leaving' | 'over';

export interface DialogueState {
  readonly plan: Plan;
  readonly course: Course;
  readonly tls: TlsState;
  readonly capabilities: Capabilities;
  readonly unanswered: readonly Command[];
  /** What is left to send of the present transaction, one by one; empty where it went out in one packet. */
  readonly unsent: readonly Command[];
  /** Recipients accepted since the last transaction was begun. */
  readonly accepted: number;
  /** Recipients a transaction can have, as this host's "too many recipients" taught us. */
  readonly learntLimit: number;
  readonly transactions: number;
  readonly rcpts: number;
  readonly rejected: number;
}

/** The stage that an observation names. */
export const STAGE_OF: Readonly<Record<Verb, Stage>> = {
  greeting: 'greeting',
  ehlo: 'ehlo',
  helo: 'ehlo',
  starttls: 'starttls',
  handshake: 'starttls',
  rset: 'rset',
  mail: 'mail',
  rcpt: 'rcpt',
  quit: 'quit',
};

/** The state of a connection just made: the host speaks first. */
export function start(plan: Plan): DialogueState {
  return {
    plan,
    course: 'asking',
    tls: 'none',
    capabilities: NO_CAPABILITIES,
    unanswered: [command('greeting', '')],
    unsent: [],
    accepted: 0,
    learntLimit: Infinity,
    transactions: 0,
    rcpts: 0,
    rejected: 0,
  };
}

/** The stage that the session has reached: that of the command whose reply is awaited. */
export function stageOf(state: DialogueState): Stage {
  const [awaited] = state.unanswered;
  return awaited === undefined ? 'quit' : STAGE_OF[awaited.verb];
}

/**
 * Whom the host was at when the connection broke off, undefined when nobody was asked about. With PIPELINING it may
 * have been at the first recipient although MAIL is not answered yet: a reset takes replies with it that were
 * sent before. Silence, on the other hand, is about the command whose turn it is.
 */
export function awaitedRecipient(state: DialogueState, hasBrokenOff: boolean): Recipient | undefined {
  const [awaited] = state.unanswered;
  return awaited?.recipient ?? (hasBrokenOff ? state.unanswered.find(isRcpt)?.recipient : undefined);
}

/** True when the host was told HELO because it had refused EHLO, and has not answered. */
export function isHeloUnanswered({ unanswered, plan }: DialogueState): boolean {
  return plan.saysEhlo && unanswered[0]?.verb === 'helo';
}

/** True while a packet of several commands is on the wire and not answered whole. */
export function isPacketOpen({ course, capabilities, unanswered }: DialogueState): boolean {
  return course === 'asking' && capabilities.pipelining && unanswered.some(isRcpt);
}

/** True when the host has answered everything and the next transaction, or quit, is due. */
export function isIdle(state: DialogueState): boolean {
  return state.course === 'asking' && state.unanswered.length === 0;
}

/**
 * How many recipients the next transaction may have, the control recipient among them; 0 when this session has
 * done its share and a fresh one is due, or when the transaction must wait for replies. With PIPELINING all of a
 * packet may be refused, so the packet, whatever its transactions, is no larger than the refusals left.
 */
export function room(state: DialogueState): number {
  const { capabilities, plan, unanswered } = state;
  if (state.course !== 'asking' || (unanswered.length > 0 && !capabilities.pipelining)) return 0;
  const refusalsLeft = plan.manners.rejectedPerSession - state.rejected - unanswered.filter(isRcpt).length;
  if (refusalsLeft <= 0 || state.transactions >= capabilities.mailMax) return 0;
  return Math.max(
    0,
    Math.min(
      plan.manners.rcptsPerSession - state.rcpts,
      plan.manners.rcptsPerTransaction,
      capabilities.rcptMax,
      state.learntLimit,
      capabilities.pipelining ? refusalsLeft : Infinity,
    ),
  );
}

/** True unless the next command of a transaction would cost a refusal too many, or is for a control recipient that nobody needs. */
export function isWorthAsking(state: DialogueState, next: Command): boolean {
  if (!isRcpt(next)) return true;
  if (state.rejected >= state.plan.manners.rejectedPerSession) return false;
  return !next.isControl || next.place === 0 || state.accepted > 0;
}

/** True for a refusal that the host would take back in an encrypted session. */
export function isOvercomeByTls({ plan, tls, capabilities }: DialogueState, reply: Reply): boolean {
  return plan.tls !== 'never' && tls === 'none' && capabilities.startTls && demandsTls(reply);
}

/** A command that names no recipient. */
export function command(verb: Verb, line: string): Command {
  return { verb, line, place: 0, isControl: false };
}
