// What a kept verdict says in the CRM's columns: drawn from its evidence, for a verdict that stands nowhere else.

import { observedOf } from './keep-evidence.ts';
import type { KeptVerdict } from './kept-row.ts';
import { responseText } from './response-text.ts';
import type { Result } from './result.ts';

/**
 * Gives the text of `validation_response`, and whether a mail server answered; undefined where nobody was asked or not enough
 * was kept. Of a failure the detail is not kept: no verdict that is sure of itself has one that matters.
 */
export function wordsOf(kept: KeptVerdict): Pick<Result, 'response' | 'answered'> | undefined {
  const found = observedOf(kept);
  if (found === undefined) return undefined;
  const isAccepted = kept.status === 'valid' || kept.status === 'catch-all';
  return {
    response: (isAccepted ? kept.ip : undefined) ?? responseText(found),
    answered: found.type !== 'failure',
  };
}
