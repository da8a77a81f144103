// Where a domain's mail goes, as the DNS answered: hosts in the order in which they are asked,
// or the observation that there are none. Made once per domain and cycle by smtp/resolve-route.ts.

import type { FailureObservation } from './observation.ts';

/** One MX host. */
export interface MxHost {
  /** Lower-case name without the trailing dot. */
  readonly name: string;
  /**
   * The checked addresses to dial, in order. Undefined for a host further down the list whose
   * addresses are looked up when it is its turn.
   */
  readonly ips: readonly string[] | undefined;
}

export type Route =
  | {
      readonly type: 'hosts';
      readonly hosts: readonly MxHost[];
      /** Place of the host to be asked first, where those before it were asked already: in a job of another destination. */
      readonly startsAt?: number | undefined;
      /** Of the host to be asked first. */
      readonly destination: string;
    }
  | { readonly type: 'none'; readonly observed: FailureObservation };
