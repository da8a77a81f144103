// The words for what became of an address, and how each maps to the CRM's columns.
// One place for the mapping: the store writes it, logs and batch files count by it.

/** A final verdict, exactly as `emails.validation_status` holds it. */
export type Verdict = 'valid' | 'invalid' | 'catch-all' | 'disposable' | 'unknown';

/** What a result says of a row: a final verdict, or that the row waits for another attempt. */
export type Outcome = Verdict | 'deferred';

/** `emails.domain_status`: 1 deliverable, 0 not, 2 unknown (the CRM counts 2 as "retry"). */
export const DOMAIN_STATUS = {
  valid: 1,
  'catch-all': 1,
  invalid: 0,
  disposable: 0,
  unknown: 2,
} as const satisfies Record<Verdict, 0 | 1 | 2>;

/** The mark that opens a worker's log line: ✓ for domain_status 1, ✗ for 0, ? for whatever is not known. */
export const MARK = {
  valid: '✓',
  'catch-all': '✓',
  invalid: '✗',
  disposable: '✗',
  unknown: '?',
  deferred: '?',
} as const satisfies Record<Outcome, string>;

/** How many results had each outcome; the `counts` of a batch file. */
export type OutcomeCounts = Readonly<Record<Outcome, number>>;

export const NO_OUTCOMES: OutcomeCounts = {
  valid: 0,
  invalid: 0,
  'catch-all': 0,
  disposable: 0,
  unknown: 0,
  deferred: 0,
};
