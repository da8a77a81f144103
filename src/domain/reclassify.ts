// Draws the conclusion from kept evidence again, by the rules of today. Pure: which rows are looked at, and whether
// the new verdict is written, is decided elsewhere.

import { parseAddress, formatAddress } from './address.ts';
import { conclude } from './conclude.ts';
import { controlOf, observedOf } from './keep-evidence.ts';
import type { KeptVerdict } from './kept-row.ts';
import { providerOf } from './providers.ts';
import type { Reason } from './reason.ts';
import { responseText } from './response-text.ts';
import { DOMAIN_STATUS, type Verdict } from './verdict.ts';

/** A decided row that today's rules see otherwise. */
export interface Difference {
  readonly id: number;
  readonly email: string;
  readonly listId: number | undefined;
  readonly from: Verdict;
  readonly fromReason: string;
  readonly to: Verdict;
  readonly reason: Reason;
  readonly rule: string;
  /** What `validation_response` would hold; undefined where it stays. */
  readonly response: string | undefined;
}

interface Row {
  readonly id: number;
  readonly email: string;
  readonly listId: number | undefined;
  readonly verdict: KeptVerdict;
}

/**
 * Gives the difference, or undefined where verdict and reason stay, and where nothing was kept that could be judged.
 *
 * What would be tried again today is `unknown`: the row is decided, and only `retry` queues it again. Names of ours are
 * taken from the evidence where the reply named them, else `ehloName` is what we are called today.
 */
export function reclassify(
  { id, email, listId, verdict: kept }: Row,
  ehloName: string | undefined,
): Difference | undefined {
  const real = observedOf(kept);
  if (real === undefined || !isVerdict(kept.status)) return undefined;

  const address = parseAddress(email);
  const provider = kept.mx === undefined ? undefined : providerOf(kept.mx)?.name;
  const conclusion = conclude({
    real,
    identity: {
      recipient: 'problem' in address ? undefined : formatAddress(address),
      sender: kept.quotedSender,
      ehloName,
      provider,
    },
    control: controlOf(kept),
    catchAll: kept.knownCatchAll,
    provider,
    isRefusedWithAll: wasRefusedWithAll(kept),
  });
  const to = conclusion.verdict === 'retry' ? 'unknown' : conclusion.verdict;
  if (to === kept.status && conclusion.reason === kept.reason) return undefined;
  return {
    id,
    email,
    listId,
    from: kept.status,
    fromReason: kept.reason,
    to,
    reason: conclusion.reason,
    rule: conclusion.rule,
    response: DOMAIN_STATUS[to] === 1 ? kept.ip : real.type === 'reply' ? responseText(real) : undefined,
  };
}

// Evidence of earlier versions does not say so; but where no control recipient was refused alike, it was the session.
function wasRefusedWithAll({ reason, refusedWithAll, controlCode }: KeptVerdict): boolean {
  return refusedWithAll === true || (reason === 'refuses-everybody' && controlCode === undefined);
}

function isVerdict(status: string): status is Verdict {
  return Object.hasOwn(DOMAIN_STATUS, status);
}
