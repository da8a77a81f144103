// Settles what needs no network: impossible addresses, the operator's exclusions, disposable domains.
// Everything else goes on as a mailbox to ask about.

import { parseAddress } from './address.ts';
import { cleanLine } from './clean-text.ts';
import type { ClaimedRow, ProbeRow, Target } from './row.ts';

/** What is known locally about accounts and domains; all keys in lower case. */
export interface LocalKnowledge {
  /** Local parts, or whole addresses where there is an `@`. */
  readonly excludedAccounts: ReadonlySet<string>;
  /** Domain to the IP address that the operator noted, empty when there is none. */
  readonly excludedDomains: ReadonlyMap<string, string>;
  readonly disposableDomains: ReadonlySet<string>;
}

/**
 * Gives the row with what is to be done about it.
 *
 * An impossible address is `invalid`; an excluded account or domain is `valid` with the response that the CRM
 * knows; a disposable domain, or a domain below one, is `disposable`. In this order: the operator's word
 * outweighs a public list, but nothing makes an impossible address valid.
 */
export function preCheck(row: ClaimedRow, knowledge: LocalKnowledge): ProbeRow {
  return { ...row, target: targetOf(row.email, knowledge) };
}

function targetOf(email: string, knowledge: LocalKnowledge): Target {
  const address = parseAddress(email);
  if ('problem' in address) {
    return {
      type: 'decided',
      verdict: 'invalid',
      reason: 'syntax',
      response: `Invalid syntax: ${address.problem}`,
    };
  }

  const local = address.local.toLowerCase();
  if (knowledge.excludedAccounts.has(local) || knowledge.excludedAccounts.has(`${local}@${address.domain}`)) {
    return { type: 'decided', verdict: 'valid', reason: 'excluded-account', response: 'Excluded: Account' };
  }
  const noted = knowledge.excludedDomains.get(address.domain);
  if (noted !== undefined) {
    const response = noted === '' ? 'Excluded: Domain' : cleanLine(noted, 500);
    return { type: 'decided', verdict: 'valid', reason: 'excluded-domain', response };
  }
  const disposable = disposableParent(address.domain, knowledge.disposableDomains);
  if (disposable !== undefined) {
    const response = `Disposable domain: ${disposable}`;
    return { type: 'decided', verdict: 'disposable', reason: 'disposable-domain', response };
  }
  return { type: 'mailbox', address };
}

function disposableParent(domain: string, disposable: ReadonlySet<string>): string | undefined {
  for (let name = domain; name.includes('.'); name = name.slice(name.indexOf('.') + 1)) {
    if (disposable.has(name)) return name;
  }
  return undefined;
}
