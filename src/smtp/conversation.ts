// Holds one session with one address of an MX host: feeds replies to the dialogue and the dialogue's lines to the
// socket, and asks the agenda whom to ask about next. Opens one connection and sees that it is closed.
// Which host is next, and what an answer means for a row, is not decided here.

import type { Observation, ReplyObservation } from '../domain/observation.ts';
import type { Manners } from '../domain/providers.ts';
import type { Capabilities } from './capabilities.ts';
import {
  awaitedRecipient,
  begin,
  isIdle,
  onReplies,
  onSecured,
  quit,
  room,
  stageOf,
  start,
  type Learnt,
  type Step,
  type TlsState,
  type TlsUse,
} from './dialogue.ts';
import type { SessionLog } from './session-log.ts';
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
  readonly way: Way;
}

/** Whom to ask about, and who is told the answers. */
export interface Agenda {
  /** A transaction of at most `room` recipients, control included; undefined when there is nothing more to ask. */
  nextTransaction(room: number, offers: Capabilities): Transaction | undefined;
  answered(recipient: Recipient, observed: ReplyObservation): void;
  /** To be asked about in another transaction, since this one had too many. */
  putOff(recipient: Recipient, observed: ReplyObservation): void;
}

export interface Ending {
  /** What ended the session; undefined when we took our leave. */
  readonly observed: Observation | undefined;
  /** Whose RCPT the host was at when it ended that way. */
  readonly awaited: Recipient | undefined;
  /** The replies of the session are not to be told apart: what rows still wait with is not theirs for certain. */
  readonly isOutOfStep: boolean;
  /** RCPTs that were answered; a 421 is none. */
  readonly answers: number;
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
 * When `signal` aborts before the first transaction, it hangs up at once; later the agenda decides, being asked for
 * no transaction that it does not want. Rejects only for a bug.
 */
export function converse(
  endpoint: Endpoint,
  settings: CallSettings,
  { manners, tls, way }: Approach,
  agenda: Agenda,
  log: SessionLog,
  signal: AbortSignal,
): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const openedAt = performance.now();
    let state = start({ ehloName: settings.ehloName, mailFrom: settings.mailFrom, manners, tls });
    let answers = 0;
    let isOutOfStep = false;

    const end = (observed?: Observation): void => {
      signal.removeEventListener('abort', hangUpUnlessAsking);
      const awaited = whomItWasAt(observed);
      resolve({ observed, awaited, isOutOfStep, answers, tls: state.tls, closed: session.closed });
    };
    // What is refused before RCPT is refused to us: recipients behind it in the packet had no part in it.
    const whomItWasAt = (observed: Observation | undefined): Recipient | undefined => {
      if (observed === undefined || (observed.type === 'reply' && observed.stage !== 'rcpt'))
        return undefined;
      return awaitedRecipient(state, observed.type === 'failure' && observed.failure === 'lost');
    };
    const hangUpUnlessAsking = (): void => {
      if (state.transactions > 0) return;
      session.close();
      end();
    };
    const take = (learnt: Learnt): Observation | undefined => {
      if (learnt.type === 'out-of-step') {
        isOutOfStep = true;
        const { stage, detail } = learnt;
        return { type: 'failure', stage, ...endpoint, failure: 'garbled', detail };
      }
      const { reply } = learnt;
      const stage = learnt.type === 'refused' ? learnt.stage : 'rcpt';
      const observed: ReplyObservation = { type: 'reply', stage, ...endpoint, reply };
      if (learnt.type === 'refused') return observed;
      if (learnt.type === 'put-off') agenda.putOff(learnt.recipient, observed);
      else agenda.answered(learnt.recipient, observed);
      if (learnt.type === 'answered' && reply.code !== 421) answers++;
      return undefined;
    };
    const perform = (step: Step): void => {
      state = step.state;
      const endedBy = step.learnt.map(take).find((observed) => observed !== undefined);
      if (state.isClosed) {
        session.leave(step.send);
        end(endedBy);
      } else if (isIdle(state)) {
        perform(nextStep());
      } else if (step.encrypts) {
        session.encrypt(endpoint.host);
      } else if (step.send.length > 0) {
        session.send(step.send);
      }
    };
    const nextStep = (): Step => {
      const isLate = performance.now() - openedAt > settings.sessionDeadlineMs * LAST_START;
      const free = isLate && state.transactions > 0 ? 0 : room(state);
      const transaction = free > 0 ? agenda.nextTransaction(free, state.capabilities) : undefined;
      return transaction === undefined ? quit(state) : begin(state, transaction);
    };
    // A bug in here must reach whoever awaits the session, not the socket that happened to call.
    const guarded = (work: () => void): void => {
      try {
        work();
      } catch (bug) {
        session.close();
        signal.removeEventListener('abort', hangUpUnlessAsking);
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
      failed: (failure, detail, isConnected) => {
        const stage = isConnected ? stageOf(state) : 'connect';
        log.failed(isConnected ? state.unanswered : [], { stage, failure, detail });
        end({ type: 'failure', stage, ...endpoint, failure, detail });
      },
    };
    const session = new Session(endpoint.ip, settings.port, settings, listener, way);
    signal.addEventListener('abort', hangUpUnlessAsking);
  });
}
