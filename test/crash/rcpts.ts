// Who was asked about, by the witness, and what came of it, by our workers' own logs: the two that judge.ts compares. Pure.

import type { WitnessEvent } from '../support/internet/witness.ts';

/** A RCPT that a host saw and meant to answer. */
export interface AskedRcpt {
  readonly address: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Our server's address. */
  readonly client: string;
}

/** A result that a worker wrote down. */
export interface LoggedResult {
  /** As it stands in the row. */
  readonly email: string;
  /** Milliseconds since 1970, of the second in which it was written. */
  readonly at: number;
  /** False for an attempt that was put off. */
  readonly isFinal: boolean;
}

const RCPT = /^RCPT TO:\s*<(.*)>/i;

/** The RCPTs, in order, without those of sessions in which the host played a trick of its script instead of replying. */
export function askedRcpts(events: readonly WitnessEvent[]): readonly AskedRcpt[] {
  const clients = new Map<number, string>();
  const tricked = new Set<number>();
  for (const { session, type, text } of events) {
    if (type === 'connect') clients.set(session, text);
    if (type === 'reply' && text.startsWith('(')) tricked.add(session);
  }
  return events.flatMap(({ session, type, text, at }) => {
    const address = type === 'command' ? RCPT.exec(text)?.[1] : undefined;
    return address === undefined || tricked.has(session)
      ? []
      : [{ address, at, client: clients.get(session)! }];
  });
}

const RESULT = /^\[(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)\] \S EMAIL: (.*) \| STATUS: ([\w-]+) \| RESPONSE: /;

/** The result that a line of a worker's log tells of; undefined where it tells of something else. */
export function parseResultLine(line: string): LoggedResult | undefined {
  const [, day, time, email, status] = RESULT.exec(line) ?? [];
  if (email === undefined) return undefined;
  return { email, at: new Date(`${day}T${time}`).getTime(), isFinal: status !== 'deferred' };
}
