// Holds one session with one address of an MX host: feeds replies to the dialogue and the dialogue's lines to the
// socket, and asks the agenda whom to ask about next. Opens one connection and sees that it is closed.
// Which host is next, and what an answer means for a row, is not decided here.

import type { Observation, ReplyObservation } from '../domain/observation.ts';
import type { Manners } from '../domain/providers.ts';
import type { Capabilities } from './capabilities.ts';
import {
  awaitedRecipient,
  isHeloUnanswered,
  isIdle,
  isPacketOpen,
  stageOf,
  start,
  type TlsState,
  type TlsUse,
} from './dialogue-state.ts';
import type { Learnt, Step } from './dialogue-step.ts';
import { begin, cutShort, onReplies, onSecured, quit } from './dialogue.ts';
import type { SessionLog } from './session-log.ts';
import { hasLeft } from './leave.ts';
import { Session, type SessionLimits, type SessionListener, type Way } from './session.ts';
import type { Recipient, Transaction } from './transaction.ts';

/** Who we are, where we knock, and how long we wait. */
export interface CallSettings extends SessionLimits {
  readonly ehloName: string;
  readonly mailFrom: string;
  readonly port: number;
}

/** One checked address of an MX host. */
export interface Endpoint {
  readonly host: string;
  readonly ip: string;
}

/** How a session with a host is opened and held. */
export interface Approach {
  readonly manners: Manners;
  readonly tls: TlsUse;
  /** False: one command at a time. */
  readonly pipelines: boolean;
  /** False: HELO at once. */
  readonly saysEhlo: boolean;
  readonly way: Way;
}

/** Whom to ask about, and who is told the answers. */
export interface Agenda {
  /** Whoever was asked about is answered, or will not be: a new packet begins. */
  packetOver(): void;
  /** A transaction of at most `room` recipients, control included, for this packet; undefined when there is nothing more to ask in it. */
  nextTransaction(room: number, offers: Capabilities): Transaction | undefined;
  answered(recipient: Recipient, observed: ReplyObservation): void;
  /** To be asked about in another transaction, since this one had too many. */
  putOff(recipient: Recipient, observed: ReplyObservation): void;
  /** All answers that came in one piece were handed over, and the session goes on. */
  caughtUp(): void;
  /** The session is over because of this reply, which speaks of no recipient. */
  refused(observed: ReplyObservation): void;
  /** QUIT is said: nothing more is asked in this session. */
  leaving(): void;
}

/** Answers of which nobody knows whose they are: those of the packet that a session broke off in, or of all of it. */
export type Doubt = 'packet' | 'session';

export interface Ending {
  /** What ended the session; undefined when we took our leave. */
  readonly observed: Observation | undefined;
  /** Whose RCPT the host was at when it ended that way. */
  readonly awaited: Recipient | undefined;
  /** RCPTs that were answered; a 421 is none. */
  readonly answers: number;
  /** What of it must not be believed, since replies did not add up; `answers` has none of these. */
  readonly doubt: Doubt | undefined;
  /** What this machine lacked to dial, in the system's word: the host had no part in it. */
  readonly lack: string | undefined;
  /** The host refused EHLO and hung up before it heard HELO. */
  readonly wantsHelo: boolean;
  /** How far encryption got. */
  readonly tls: TlsState;
  /** Resolves when the connection is gone, within about a second. */
  readonly closed: Promise<void>;
}

// A session that has used up this much of its time starts no more transactions, so that it ends with QUIT.
const LAST_START = 3 / 4;

/**
 * Runs one session, noting in `log` what is said, until the agenda is empty, the session's budget is spent, or the host ends it.
 *
 * What it told the agenda may be believed once it is over, as far as its ending leaves no doubt: only the host's word
 * in reply to QUIT shows that its replies were in step. A host that hangs up before is taken at its word (RFC 5321 §3.8).
 *
 * When `signal` aborts before the first transaction, it hangs up at once; later the agenda decides, being asked for
 * no transaction that it does not want, and the host has little time for its goodbye; where the host is to be left
 * (leave.ts), whoever was not asked about in the present one is left out. Rejects only for a bug.
 */
export function converse(
  endpoint: Endpoint,
  settings: CallSettings,
  { way, ...habits }: Approach,
  agenda: Agenda,
  log: SessionLog,
  signal: AbortSignal,
): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const openedAt = performance.now();
    let state = start({ ehloName: settings.ehloName, mailFrom: settings.mailFrom, ...habits });
    let answers = 0;
    let answersBefore = 0; // the present packet
    let doubt: Doubt | undefined;
    let cause: Observation | undefined;
    let lack: string | undefined;
    let isOver = false;

    const end = (observed = cause): void => {
      isOver = true;
      signal.removeEventListener('abort', windUp);
      resolve({
        observed,
        awaited: whomItWasAt(observed),
        answers,
        doubt,
        lack,
        wantsHelo: observed?.type === 'failure' && observed.failure === 'lost' && isHeloUnanswered(state),
        tls: state.tls,
        closed: session.closed,
      });
    };
    // What is refused before RCPT is refused to us: recipients behind it in the packet had no part in it.
    const whomItWasAt = (observed: Observation | undefined): Recipient | undefined => {
      if (observed === undefined || (observed.type === 'reply' && observed.stage !== 'rcpt'))
        return undefined;
      return awaitedRecipient(state, observed.type === 'failure' && observed.failure === 'lost');
    };
    const windUp = (): void => {
      if (state.transactions > 0 || state.course === 'leaving') {
        if (hasLeft(signal)) state = cutShort(state);
        return session.hasten();
      }
      session.close();
      end();
    };
    const take = (learnt: Learnt): Observation | undefined => {
      if (learnt.type === 'out-of-step') {
        // A reply too many, or one that was swallowed, gives every later one to somebody else; where it was is not to be seen.
        if (state.capabilities.pipelining || answers > 0) doubt = 'session';
        answers = 0;
        const { detail } = learnt;
        return { type: 'failure', stage: learnt.stage, ...endpoint, failure: 'garbled', detail };
      }
      const { reply } = learnt;
      const stage = learnt.type === 'refused' ? learnt.stage : 'rcpt';
      const observed: ReplyObservation = { type: 'reply', stage, ...endpoint, reply };
      if (learnt.type === 'refused') {
        agenda.refused(observed);
        return observed;
      }
      if (learnt.type === 'put-off') agenda.putOff(learnt.recipient, observed);
      else agenda.answered(learnt.recipient, observed);
      if (learnt.type === 'answered' && reply.code !== 421) answers++;
      return undefined;
    };
    const perform = (step: Step): void => {
      state = step.state;
      for (const observed of step.learnt.map(take)) cause ??= observed;
      if (step.learnt.length > 0 && state.course !== 'over') agenda.caughtUp();
      if (state.course === 'over') {
        if (step.learnt.length === 0) session.part();
        else session.close();
        end();
      } else if (state.course === 'leaving') {
        if (step.send.length > 0) {
          session.takeLeave(step.send);
          if (signal.aborted) session.hasten();
          agenda.leaving();
        }
      } else if (isIdle(state)) {
        if (step.learnt.length > 0 && state.capabilities.pipelining) setImmediate(goOnUnlessOver);
        else perform(nextStep());
      } else if (step.encrypts) {
        session.encrypt(endpoint.host);
      } else if (step.send.length > 0) {
        session.send(step.send);
      }
    };
    // The answers to a packet come in a burst. A reply too many may be right behind the last: it is let come first.
    const goOnUnlessOver = (): void => {
      if (!isOver && isIdle(state)) guarded(() => perform(nextStep()));
    };
    const nextStep = (): Step => {
      answersBefore = answers;
      agenda.packetOver();
      const isLate = performance.now() - openedAt > settings.sessionDeadlineMs * LAST_START;
      if (isLate && state.transactions > 0) return quit(state);
      return begin(state, (free) => agenda.nextTransaction(free, state.capabilities)) ?? quit(state);
    };
    // A bug in here must reach whoever awaits the session, not the socket that happened to call.
    const guarded = (work: () => void): void => {
      try {
        work();
      } catch (bug) {
        session.close();
        signal.removeEventListener('abort', windUp);
        reject(bug as Error);
      }
    };

    const listener: SessionListener = {
      replies: (replies) => {
        log.said(state.unanswered, replies);
        guarded(() => perform(onReplies(state, replies)));
      },
      secured: (words) => {
        log.note(`(${words})`);
        guarded(() => perform(onSecured(state)));
      },
      lacking: (code) => {
        lack = code;
        end();
      },
      failed: (failure, detail, isConnected) => {
        const stage = isConnected ? stageOf(state) : 'connect';
        // Replies may be missing from anywhere in it, and the host may be one that takes no packets, whatever it offers.
        if (isPacketOpen(state)) {
          doubt = 'packet';
          answers = answersBefore;
        }
        log.failed(isConnected ? state.unanswered : [], { stage, failure, detail });
        // We were leaving: that the host went first is no failure, but why we left may have been one.
        if (state.course === 'leaving') end();
        else end({ type: 'failure', stage, ...endpoint, failure, detail });
      },
    };
    const session = new Session(endpoint.ip, settings.port, settings, listener, way);
    signal.addEventListener('abort', windUp);
  });
}
