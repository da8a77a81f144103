// What a row ends with: an observation, or the fact that nothing could be asked because the host lacks what
// the address needs.

import type { Observation } from './observation.ts';

/** The address has a local part beyond ASCII and its host does not offer SMTPUTF8 (RFC 6531 §3.2): it was not asked. */
export interface Unaskable {
  readonly type: 'smtputf8-unsupported';
  readonly host?: string | undefined;
  readonly ip?: string | undefined;
}

export type Finding = Observation | Unaskable;
