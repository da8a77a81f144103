// Why work ended before it was done, in words for the log and with the error for the exit code.

import { plainCount } from '../domain/amounts.ts';
import { OperationalError, type OperationalCode } from '../platform/operational-error.ts';

export type StopCause =
  | { readonly kind: 'signal' | 'max-runtime' | 'paused'; readonly sentence: string }
  /** Something keeps us from working: the database, a disk, the workers, the lock. */
  | { readonly kind: 'failure'; readonly sentence: string; readonly error: OperationalError }
  | { readonly kind: 'bug'; readonly sentence: string; readonly error: unknown };

/** True of an end that somebody asked for; anything else weighs more. */
export function isAskedFor({ kind }: StopCause): boolean {
  return kind === 'signal' || kind === 'max-runtime' || kind === 'paused';
}

/** The cause in a word or two, for the summary; the whole sentence was told when it came. */
export function briefly(cause: StopCause): string {
  return cause.kind === 'failure' ? cause.error.code : cause.kind === 'bug' ? 'BUG' : cause.sentence;
}

/** The cause that a rejected promise is: a failure if it says what it is, else a bug. */
export function causeOf(error: unknown): StopCause {
  if (error instanceof OperationalError) return { kind: 'failure', sentence: error.message, error };
  return { kind: 'bug', sentence: error instanceof Error ? error.message : String(error), error };
}

/** The cause that claims are which ran out before they were renewed: their rows may be with others by now. */
export function causeOfLostClaims(rows: number, claimSeconds: number): StopCause {
  return causeOf(
    new OperationalError(
      'CLAIM_LOST',
      `the claims of ${plainCount(rows, 'email')} ran out before they were renewed, since this server or its way to the database stood still for longer than ${claimSeconds} s; others may have them by now, and what is found out about those is not written`,
      { fields: { rows } },
    ),
  );
}

const CODES_OF_WORKERS: ReadonlySet<string> = new Set<OperationalCode>([
  'FILE_NOT_CREATED',
  'FILE_NOT_WRITTEN',
  'FILE_NOT_READ',
  'NO_CONNECTIONS',
]);

/** The cause that failing workers are; `code` is the worker's own word for what kept it from working. */
export function causeOfWorkers(sentence: string, code: string | undefined): StopCause {
  const known =
    code !== undefined && CODES_OF_WORKERS.has(code) ? (code as OperationalCode) : 'WORKER_START_FAILED';
  return causeOf(new OperationalError(known, sentence));
}
