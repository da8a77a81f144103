// The witness read as sessions: who was asked about in each, how it ended, and what was in flight when it was cut. Pure.
//
// A client that dies says no QUIT. What its session had answered by then is in the client's journal, which is written
// before the next transaction begins, unless the answer waited for another one. Only what is not may be asked again.

import type { WitnessEvent } from '../support/internet/witness.ts';

export interface AskedRcpt {
  readonly address: string;
  readonly host: string;
  readonly session: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Our server's address. */
  readonly client: string;
  /** It was in flight when its session was cut. */
  readonly wasInFlight: boolean;
}

interface Rcpt {
  readonly address: string;
  readonly at: number;
  /** MAIL commands before it. */
  readonly transaction: number;
  isAnswered: boolean;
}

interface Session {
  readonly client: string;
  readonly host: string;
  /** Commands whose reply is to come, in order; the greeting answers none (RFC 2920 §3.2). */
  readonly awaited: (Rcpt | undefined)[];
  readonly rcpts: Rcpt[];
  transactions: number;
  hasQuit: boolean;
  /** The host played a trick of its script instead of replying: what it saw was no question answered. */
  hasMisbehaved: boolean;
}

/** Every RCPT that a host saw and meant to answer. `isControl` tells control recipients, which are not among them. */
export function askedRcpts(
  events: readonly WitnessEvent[],
  isControl: (address: string) => boolean,
): readonly AskedRcpt[] {
  return [...readSessions(events)]
    .filter(([, session]) => !session.hasMisbehaved)
    .flatMap(([number, session]) => {
      const isInFlight = inFlightOf(session, isControl);
      return session.rcpts
        .filter(({ address }) => !isControl(address))
        .map((rcpt) => ({
          address: rcpt.address,
          host: session.host,
          session: number,
          at: rcpt.at,
          client: session.client,
          wasInFlight: isInFlight(rcpt),
        }));
    });
}

// In flight is the transaction that was cut, answered or not, and, since a 250 is a verdict only beside the control
// recipient's answer, whatever was answered in a session that did not come to that.
function inFlightOf(session: Session, isControl: (address: string) => boolean): (rcpt: Rcpt) => boolean {
  if (session.hasQuit) return () => false;
  const controlled = new Set(
    session.rcpts
      .filter(({ address, isAnswered }) => isControl(address) && isAnswered)
      .map(({ address }) => domainOf(address)),
  );
  return ({ address, transaction }) =>
    transaction === session.transactions || !controlled.has(domainOf(address));
}

function readSessions(events: readonly WitnessEvent[]): ReadonlyMap<number, Session> {
  const sessions = new Map<number, Session>();
  for (const event of events) {
    if (event.type === 'connect') {
      sessions.set(event.session, openSession(event));
      continue;
    }
    const session = sessions.get(event.session);
    if (session === undefined) throw new Error(`session ${event.session} was never opened`);
    if (event.type === 'command') takeCommand(session, event);
    if (event.type === 'reply') takeReply(session, event);
  }
  return sessions;
}

function openSession({ text: client, host }: WitnessEvent): Session {
  return {
    client,
    host,
    awaited: [undefined],
    rcpts: [],
    transactions: 0,
    hasQuit: false,
    hasMisbehaved: false,
  };
}

function takeCommand(session: Session, { text, at }: WitnessEvent): void {
  if (/^MAIL /i.test(text)) session.transactions++;
  if (/^QUIT/i.test(text)) session.hasQuit = true;
  const address = /^RCPT TO:\s*<(.*)>/i.exec(text)?.[1];
  if (address === undefined) {
    session.awaited.push(undefined);
    return;
  }
  const rcpt = { address, at, transaction: session.transactions, isAnswered: false };
  session.rcpts.push(rcpt);
  session.awaited.push(rcpt);
}

function takeReply(session: Session, { text }: WitnessEvent): void {
  if (text.startsWith('(')) session.hasMisbehaved = true;
  const rcpt = session.awaited.shift();
  if (rcpt !== undefined) rcpt.isAnswered = true;
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}
