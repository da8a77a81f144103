// Finds out whether a mail host can be reached: connects, hears its greeting and takes its leave. No mail command is said.

import type { Failure, Reply } from '../domain/observation.ts';
import { Session, type SessionLimits, type Way } from './session.ts';

export type Greeting =
  | {
      readonly type: 'heard';
      readonly reply: Reply;
      /** The address of ours that the connection had. */
      readonly localAddress: string | undefined;
    }
  | {
      readonly type: 'failed';
      readonly failure: Failure;
      readonly detail: string | undefined;
      /** False when not even the connection was made. */
      readonly isConnected: boolean;
    }
  /** This machine lacks what a connection takes: the system's word for it. */
  | { readonly type: 'lacking'; readonly code: string };

/** Resolves when the connection is over; never rejects. */
export async function hearGreeting(
  ip: string,
  port: number,
  limits: SessionLimits,
  way: Way,
): Promise<Greeting> {
  let session!: Session;
  const greeting = await new Promise<Greeting>((resolve) => {
    session = new Session(
      ip,
      port,
      limits,
      {
        replies: ([reply]) => {
          resolve({ type: 'heard', reply: reply!, localAddress: session.localAddress });
          session.takeLeave(['QUIT']);
          session.part();
        },
        secured: () => undefined,
        lacking: (code) => resolve({ type: 'lacking', code }),
        failed: (failure, detail, isConnected) => resolve({ type: 'failed', failure, detail, isConnected }),
      },
      way,
    );
  });
  await session.closed;
  return greeting;
}
