// Makes what LOG_REDACT asks for. The hash is keyed by the secret of the installation: nobody without it can try addresses,
// and all servers of one database come to the same.

import { createHmac } from 'node:crypto';

import {
  hashingRedactor,
  maskingRedactor,
  NOTHING_REDACTED,
  type RedactPolicy,
  type Redactor,
} from '../domain/redact.ts';

const HASH_DIGITS = 16;

/** A policy, and the installation's secret for the hash. */
export interface Redaction {
  readonly policy: RedactPolicy;
  readonly key: string;
}

export function openRedactor({ policy, key }: Redaction): Redactor {
  switch (policy) {
    case 'none':
      return NOTHING_REDACTED;
    case 'mask':
      return maskingRedactor();
    case 'hash':
      return hashingRedactor((address) =>
        createHmac('sha256', key).update(`log ${address}`).digest('hex').slice(0, HASH_DIGITS),
      );
  }
}
