// The SMTP dialogue of a prober as a pure state machine: (state, replies) → (state, lines to send, what was learnt).
// Session moves the bytes, conversation.ts feeds the one with the other and chooses whom to ask about next.
//
// Invariant: `unanswered` holds the commands sent and not yet answered, oldest first, and a reply always answers the
// first of them (RFC 2920 §3.1). So nothing is sent before the whole greeting was read; more than one command is
// unanswered only where PIPELINING was advertised; nothing that was read before the TLS handshake counts after it (RFC 3207
// §4.2); and behind QUIT nothing is sent any more. DATA, VRFY and EXPN are not in the table, so they cannot be sent.
// A reply that no host owes the first of them, such as a second greeting, breaks that order, and ends the session.
//
// What breaks it unseen, a reply too many where replies look alike, comes out at the latest at the goodbye: 221 is said
// to nothing but QUIT, so a host that says it next has answered everything before in step.

import type { Reply, Stage } from '../domain/observation.ts';
import { readCapabilities } from './capabilities.ts';
import { commandLine } from './command-line.ts';
import { demandsTls } from './demands-tls.ts';
import {
  command,
  isOvercomeByTls,
  isWorthAsking,
  room,
  STAGE_OF,
  stageOf,
  start,
  type DialogueState,
  type Plan,
} from './dialogue-state.ts';
import type { Learnt, Step } from './dialogue-step.ts';
import { isTooManyRecipients } from './too-many-recipients.ts';
import { isEhloUnknown, isUnknownCommand } from './unknown-command.ts';
import { isRcpt, transactionCommands, type Command, type Transaction, type Verb } from './transaction.ts';

interface ScriptRow {
  /** What accepts the command (RFC 5321 §4.3.2); another 2xx, and any 3xx, is the answer to something else. */
  readonly accepting: readonly number[];
  readonly onAccepted: Transition;
  readonly onRefused: Transition;
}

/** Takes the state without the answered command in it. */
type Transition = (state: DialogueState, reply: Reply, command: Command) => Step;

/** What follows when the oldest unanswered command is accepted or refused (4xx, 5xx). */
const SCRIPT: Readonly<Record<Verb, ScriptRow>> = {
  greeting: { accepting: [220], onAccepted: introduceUs, onRefused: leaveRefused },
  ehlo: { accepting: [250], onAccepted: learnCapabilities, onRefused: sayHeloUnlessUnwanted },
  helo: { accepting: [250], onAccepted: goOn, onRefused: leaveRefused },
  starttls: { accepting: [220], onAccepted: awaitHandshake, onRefused: leaveRefused },
  // Who speaks SMTP while TLS is due is not answered: no reply gets here, since nothing is read until it is done.
  handshake: { accepting: [], onAccepted: leaveRefused, onRefused: leaveRefused },
  rset: { accepting: [250], onAccepted: goOn, onRefused: leaveUnlessStray },
  mail: { accepting: [250], onAccepted: goOn, onRefused: encryptOrLeave },
  rcpt: { accepting: [250, 251, 252], onAccepted: noteAnswer, onRefused: noteAnswer },
  quit: { accepting: [221], onAccepted: part, onRefused: partUnlessStray },
};

/**
 * Begins the transactions that `next` gives for the room there is, in an idle state: RSET after an earlier one, MAIL, the
 * RCPTs. Where PIPELINING was advertised as many as fit go out in one packet (RFC 2920 §3.1 has RSET anywhere in it).
 * Without it that is one, and its control recipient is left out when nobody before it was accepted.
 * Undefined when there is none. More recipients than there is room for, or an 8-bit one without SMTPUTF8, are a bug: throws.
 */
export function begin(
  state: DialogueState,
  next: (room: number) => Transaction | undefined,
): Step | undefined {
  let packet: Step | undefined;
  for (let filled = state; room(filled) > 0; filled = packet.state) {
    const transaction = next(room(filled));
    if (transaction === undefined) break;
    const { state: opened, send } = open(filled, transaction);
    packet = { state: opened, send: [...(packet?.send ?? []), ...send], learnt: [] };
  }
  return packet;
}

function open(state: DialogueState, transaction: Transaction): Step {
  const size = transaction.recipients.length + (transaction.control === undefined ? 0 : 1);
  if (size === 0 || size > room(state)) {
    throw new Error(`a transaction of ${size} where there is room for ${room(state)}`);
  }
  const { plan, capabilities, transactions } = state;
  const commands = transactionCommands(transaction, plan.mailFrom, capabilities, transactions > 0);
  const opened: DialogueState = { ...state, accepted: 0, transactions: transactions + 1 };
  if (!capabilities.pipelining) return goOn({ ...opened, unsent: commands });

  const rcpts = state.rcpts + commands.filter(isRcpt).length;
  return {
    state: { ...opened, rcpts, unanswered: [...state.unanswered, ...commands] },
    send: commands.map(({ line }) => line),
    learnt: [],
  };
}

/**
 * Leaves out whoever of the present transaction was not asked about yet; they wait again. The control recipient is still
 * asked about, where it is all that the transaction is for, or somebody before it is accepted.
 */
export function cutShort(state: DialogueState): DialogueState {
  const isForOthers = state.unsent.some((next) => isRcpt(next) && !next.isControl);
  return isForOthers ? { ...state, unsent: state.unsent.filter(({ isControl }) => isControl) } : state;
}

/** Takes our leave. Whatever is still unanswered will be answered first, and counts for nothing. */
export function quit(state: DialogueState, learnt: readonly Learnt[] = []): Step {
  const goodbye = command('quit', commandLine('QUIT'));
  return {
    state: { ...state, course: 'leaving', unsent: [], unanswered: [...state.unanswered, goodbye] },
    send: [goodbye.line],
    learnt,
  };
}

/**
 * Takes the replies that came in one piece. They were on their way before anything that they make us send, so
 * they can only answer commands already sent: one reply too many, or one that answers something else, and the session
 * is out of step and over. Then nothing that came in the same piece counts.
 */
export function onReplies(state: DialogueState, replies: readonly Reply[]): Step {
  const stage = stageOf(state);
  // Behind the answer to QUIT there is nothing to be told any more.
  if (state.unanswered[0]?.verb === 'quit' && replies[0]?.code === 221) return part(state);
  // What stands behind the answer to STARTTLS was put there by somebody else (RFC 3207 §5), and is not read.
  const isBeforeTls = state.unanswered[0]?.verb === 'starttls';
  if (replies.length > state.unanswered.length && !isBeforeTls) {
    return outOfStep(state, stage, 'more replies than commands');
  }
  const send: string[] = [];
  const learnt: Learnt[] = [];
  let current = state;
  for (const reply of replies) {
    const step = onReply(current, reply);
    if (step.learnt.at(-1)?.type === 'out-of-step') return step;
    current = step.state;
    send.push(...step.send);
    learnt.push(...step.learnt);
    if (step.encrypts) return { state: current, send, learnt, encrypts: true };
    if (current.course === 'over') break;
  }
  return { state: current, send, learnt };
}

/**
 * The connection is encrypted: whatever was learnt before is forgotten, and the host is greeted anew (RFC 3207 §4.2). How many
 * it has refused is not: it counts them for the connection.
 */
export function onSecured({ plan, rejected }: DialogueState): Step {
  return sendAlone({ ...start(plan), tls: 'begun', rejected }, introduction('ehlo', plan));
}

function onReply(state: DialogueState, reply: Reply): Step {
  const [answered, ...unanswered] = state.unanswered;
  if (answered === undefined) throw new Error('a reply was taken in while no command was unanswered');
  const stage = STAGE_OF[answered.verb];
  const { accepting, onAccepted, onRefused } = SCRIPT[answered.verb];
  const rest: DialogueState = { ...state, unanswered };

  // Replies to a packet that was given up; but no host says goodbye before it was told.
  if (state.course === 'leaving' && answered.verb !== 'quit' && reply.code !== 221 && reply.code !== 421) {
    return { state: rest, send: [], learnt: [] };
  }
  // RFC 5321 §3.8: after 421 the host closes, whatever the command was.
  if (reply.code === 421) {
    const isAnswer = isRcpt(answered) && state.course === 'asking' && state.tls !== 'demanded';
    const { learnt } = isAnswer ? noteAnswer(rest, reply, answered) : { learnt: [] };
    return {
      state: { ...state, course: 'over' },
      send: [],
      learnt: [...learnt, { type: 'refused', stage, reply }],
    };
  }
  const isRefused = reply.code >= 400;
  if (isRefused || accepting.includes(reply.code)) {
    if (state.tls === 'demanded') return goOn(rest); // behind the demand, in the same packet
    return (isRefused ? onRefused : onAccepted)(rest, reply, answered);
  }
  // Some say 250 to QUIT. Where that was the reply to something else, the 221 is still to come.
  if (answered.verb === 'quit' && reply.code === 250) return { state: rest, send: [], learnt: [] };
  return outOfStep(state, stage, strayWords(reply, answered));
}

function outOfStep(state: DialogueState, stage: Stage, detail: string): Step {
  return { state: { ...state, course: 'over' }, send: [], learnt: [{ type: 'out-of-step', stage, detail }] };
}

function strayWords({ code }: Reply, { verb }: Command): string {
  return verb === 'greeting'
    ? `out of step: ${code} as greeting`
    : `out of step: ${code} in reply to ${verb.toUpperCase()}`;
}

function introduceUs(state: DialogueState): Step {
  return sendAlone(state, introduction(state.plan.saysEhlo ? 'ehlo' : 'helo', state.plan));
}

function introduction(verb: 'ehlo' | 'helo', { ehloName }: Plan): Command {
  return command(verb, commandLine(verb === 'ehlo' ? 'EHLO ' : 'HELO ', ehloName));
}

function sayHeloUnlessUnwanted(state: DialogueState, reply: Reply, refused: Command): Step {
  if (!isEhloUnknown(reply) || demandsTls(reply)) return leaveRefused(state, reply, refused);
  return sendAlone(state, introduction('helo', state.plan));
}

function learnCapabilities(state: DialogueState, reply: Reply): Step {
  const offers = readCapabilities(reply);
  const capabilities = { ...offers, pipelining: offers.pipelining && state.plan.pipelines };
  if (state.tls === 'begun') return goOn({ ...state, capabilities, tls: 'encrypted' });
  const isDue = capabilities.startTls && state.plan.tls === 'at-once' && state.tls === 'none';
  return goOn({ ...state, capabilities, tls: isDue ? 'demanded' : state.tls });
}

/** Gives up the transaction: whoever has not been answered is asked again in the encrypted session. */
function encryptWhenAnswered(state: DialogueState): Step {
  return goOn({ ...state, tls: 'demanded', unsent: [] });
}

function encryptOrLeave(state: DialogueState, reply: Reply, refused: Command): Step {
  if (isOvercomeByTls(state, reply)) return encryptWhenAnswered(state);
  return leaveRefused(state, reply, refused);
}

function awaitHandshake(state: DialogueState): Step {
  return {
    state: { ...state, unanswered: [command('handshake', '')] },
    send: [],
    learnt: [],
    encrypts: true,
  };
}

function leaveRefused(state: DialogueState, reply: Reply, refused: Command): Step {
  return quit(state, [{ type: 'refused', stage: STAGE_OF[refused.verb], reply }]);
}

// A host that does not know the command says so. Whatever else refuses RSET was meant for a recipient.
function leaveUnlessStray(state: DialogueState, reply: Reply, refused: Command): Step {
  if (isUnknownCommand(reply)) return leaveRefused(state, reply, refused);
  const stray = outOfStep(state, 'rset', strayWords(reply, refused));
  return { ...stray, learnt: [{ type: 'refused', stage: 'rset', reply }, ...stray.learnt] };
}

function part(state: DialogueState): Step {
  return { state: { ...state, course: 'over', unanswered: [] }, send: [], learnt: [] };
}

/** The end of the connection, or one more reply, is still to come. */
function partUnlessStray(state: DialogueState, reply: Reply, refused: Command): Step {
  if (isUnknownCommand(reply)) return { state, send: [], learnt: [] };
  return outOfStep(state, 'quit', strayWords(reply, refused));
}

function noteAnswer(state: DialogueState, reply: Reply, { recipient, place }: Command): Step {
  if (recipient === undefined) throw new Error('a RCPT without a recipient was sent');
  if (isOvercomeByTls(state, reply)) return encryptWhenAnswered(state);
  if (isPositive(reply)) {
    const step = goOn({ ...state, accepted: state.accepted + 1 });
    return { ...step, learnt: [{ type: 'answered', recipient, reply }] };
  }
  const refused = { ...state, rejected: state.rejected + 1 };
  // The first of a transaction cannot be one too many: the limit meant is another, and the reply an answer.
  if (place === 0 || !isTooManyRecipients(reply)) {
    return { ...goOn(refused), learnt: [{ type: 'answered', recipient, reply }] };
  }
  const limited = { ...refused, learntLimit: Math.min(state.learntLimit, place), unsent: [] };
  return { ...goOn(limited), learnt: [{ type: 'put-off', recipient, reply }] };
}

/** Sends the next command of the transaction, unless replies are still awaited or the transaction is over. */
function goOn(state: DialogueState): Step {
  const [next, ...unsent] = state.unsent;
  if (state.unanswered.length > 0) return { state, send: [], learnt: [] };
  if (state.tls === 'demanded')
    return sendAlone({ ...state, tls: 'begun' }, command('starttls', commandLine('STARTTLS')));
  if (next === undefined) return { state, send: [], learnt: [] };
  if (!isWorthAsking(state, next)) return { state: { ...state, unsent: [] }, send: [], learnt: [] };
  const rcpts = state.rcpts + (isRcpt(next) ? 1 : 0);
  return sendAlone({ ...state, rcpts, unsent }, next);
}

function sendAlone(state: DialogueState, next: Command): Step {
  return { state: { ...state, unanswered: [next] }, send: [next.line], learnt: [] };
}

function isPositive(reply: Reply): boolean {
  return reply.code >= 200 && reply.code < 300;
}
