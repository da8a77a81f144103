// What a step of the dialogue comes to: the state after it, what is to be sent, and what was learnt. How it is taken is dialogue.ts.

import type { Reply, Stage } from '../domain/observation.ts';
import type { DialogueState } from './dialogue-state.ts';
import type { Recipient } from './transaction.ts';

export type Learnt =
  /** What the host says of this recipient; with 421 it also hung up. */
  | { readonly type: 'answered'; readonly recipient: Recipient; readonly reply: Reply }
  /** The host takes no more recipients in this transaction; this one is to be asked about in another. */
  | { readonly type: 'put-off'; readonly recipient: Recipient; readonly reply: Reply }
  /** The session is over because of this reply, which speaks of no recipient: at `mail` of our sender, else of us. */
  | { readonly type: 'refused'; readonly stage: Stage; readonly reply: Reply }
  /** More replies than commands, or one that answers another command: nobody knows any more which answers what. */
  | { readonly type: 'out-of-step'; readonly stage: Stage; readonly detail: string };

export interface Step {
  readonly state: DialogueState;
  /** Lines without their CRLF, to be written in one packet. */
  readonly send: readonly string[];
  readonly learnt: readonly Learnt[];
  /** The host awaits the TLS handshake: what else it has said is to be forgotten, and onSecured is due. */
  readonly encrypts?: true | undefined;
}
