// What is known of an address without asking anybody, beside its verdict: whose kind of mailbox it is, and whether
// its domain looks like a slip. Flags inform whoever reads a batch file or a check; no verdict ever depends on them.
// The lists are role-accounts.ts, free-providers.ts, typing-slips.ts and gateways.ts.

import type { Address } from './address.ts';
import { isFreeDomain } from './free-providers.ts';
import { gatewayOf } from './gateways.ts';
import { roleOf } from './role-accounts.ts';
import { likelyMeant } from './typing-slips.ts';

/** Only what is so has a member, in this order. */
export interface LocalFlags {
  /** The function that the local part names: `info`, `noreply`. */
  readonly role?: string;
  /** The domain is one at which anybody gets a mailbox. */
  readonly free?: true;
  /** The common domain that was likely meant: `gmail.com` for gmial.com. */
  readonly typo?: string;
  /** The filtering service that answered for the domain: `mimecast`. */
  readonly gateway?: string;
}

/** Gives the flags of `address`, whose mail goes to `mxHost` where that is known. */
export function flagsOf({ local, domain }: Address, mxHost?: string | undefined): LocalFlags {
  const role = roleOf(local);
  const typo = likelyMeant(domain);
  const gateway = mxHost === undefined ? undefined : gatewayOf(mxHost);
  return {
    ...(role === undefined ? {} : { role }),
    ...(isFreeDomain(domain) ? { free: true } : {}),
    ...(typo === undefined ? {} : { typo }),
    ...(gateway === undefined ? {} : { gateway }),
  };
}

/** The flags in words for people: `role info`, `free provider`, `perhaps gmail.com`, `behind mimecast`. */
export function flagWords({ role, free, typo, gateway }: LocalFlags): readonly string[] {
  return [
    ...(role === undefined ? [] : [`role ${role}`]),
    ...(free === undefined ? [] : ['free provider']),
    ...(typo === undefined ? [] : [`perhaps ${typo}`]),
    ...(gateway === undefined ? [] : [`behind ${gateway}`]),
  ];
}
