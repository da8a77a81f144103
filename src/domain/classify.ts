// Draws the conclusion from one observation: what it was about, and what it means for the address.
import type { Observation } from './observation.ts';
import type { Label, Reason } from './reason.ts';

/** What one observation means. `retry` is what a schedule can settle; `unknown` is what it hardly will. */
export interface Classification {
  readonly label: Label | undefined; // undefined for failures
  readonly verdict: 'valid' | 'invalid' | 'unknown' | 'retry';
  readonly reason: Reason;
  /** Whom it speaks of: the host (or us), the sender, or the recipient. */
  readonly scope: 'host' | 'sender' | 'recipient';
  /** The id of the rule that decided. */
  readonly rule: string;
}

/** What must not decide by its wording: our own names and the address asked about. */
export interface ProbeIdentity {
  readonly recipient?: string | undefined;
  readonly sender?: string | undefined;
  readonly ehloName?: string | undefined;
  readonly ownIp?: string | undefined;
  readonly provider?: string | undefined;
}

export declare function classify(observation: Observation, identity?: ProbeIdentity): Classification;
