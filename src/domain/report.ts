// What a report tells of decided and waiting rows. Adds rows up one by one, in bounded memory: of what there may be
// millions of (domains, moments) only as much is kept as is shown. Which rows: store/outcomes.ts. How it looks: cli and
// pages. Names and words are as the CRM and remote hosts wrote them: whoever prints them cleans them.

import { gatewayOf } from './gateways.ts';
import { type Heaviest, Weighing } from './heaviest.ts';
import { providerOf } from './providers.ts';
import { type Binned, TimeBins } from './time-bins.ts';
import { type Verdict, DOMAIN_STATUS } from './verdict.ts';

/** A row as a report looks at it. */
export interface RowOutcome {
  readonly id: number;
  readonly email: string;
  readonly isProcessed: boolean;
  /** As it stands in `emails`. */
  readonly validationStatus: string | undefined;
  readonly evidence: OutcomeEvidence | undefined;
}

/** What svc_verdict has of it. */
export interface OutcomeEvidence {
  readonly status: string;
  readonly reason: string;
  readonly mx: string | undefined;
  readonly stage: string | undefined;
  readonly attempt: number;
  readonly decidedAt: number;
  /** What the probe took; undefined for what was written before that was kept. */
  readonly tookMs: number | undefined;
  /** It has the answer of another row with the same address. */
  readonly isTaken: boolean;
  /** What its domain does with unknown recipients was known, so that no control recipient was asked about. */
  readonly isControlSpared: boolean;
}

export const VERDICTS = Object.keys(DOMAIN_STATUS) as readonly Verdict[];

export type VerdictCounts = Readonly<Record<Verdict, number>>;

/** How rows were decided: by asking about them, or without. */
export interface Savings {
  /** Asked about over SMTP, once or oftener. */
  readonly asked: number;
  /** They took the answer of a row with the same address. */
  readonly taken: number;
  /** The DNS alone decided. */
  readonly dns: number;
  /** Known here: no address, disposable, excluded. */
  readonly known: number;
  /** Rows that were asked about, and whose domain needed no control recipient any more. */
  readonly controls: number;
}

export interface ReasonCount {
  readonly verdict: Verdict;
  readonly reason: string;
  readonly rows: number;
  /** One of these rows. */
  readonly exampleId: number;
}

export interface ProviderCount {
  /** As `providers` and logs name it; `other` for hosts of nobody known. */
  readonly name: string;
  readonly rows: number;
  readonly counts: VerdictCounts;
}

export interface SlowDomain {
  readonly name: string;
  readonly rows: number;
  readonly attempts: number;
  readonly unknown: number;
  readonly totalMs: number;
}

export interface Report {
  /** All rows that were looked at. */
  readonly rows: number;
  readonly decided: number;
  readonly counts: VerdictCounts;
  /** Rows without a verdict, and of them those that wait for another attempt, by reason. */
  readonly undecided: number;
  readonly waiting: readonly { readonly reason: string; readonly rows: number }[];
  /** Decided by another program, or before evidence was kept: nothing more is known of them. */
  readonly withoutEvidence: number;
  /** The most frequent first. */
  readonly reasons: readonly ReasonCount[];
  readonly providers: readonly ProviderCount[];
  /** When rows were decided. */
  readonly pace: Binned<Verdict>;
  readonly firstAt: number | undefined;
  readonly lastAt: number | undefined;
  /** How many rows were decided by the nth attempt; the last counts all from there on. */
  readonly attempts: readonly { readonly attempt: number; readonly rows: number }[];
  readonly savings: Savings;
  /** Of those that took the most time in all, those with the longest for each address. */
  readonly slowest: Heaviest<SlowDomain>;
}

const OTHER = 'other';
const MAX_BINS = 60;
const MAX_ATTEMPT = 6;
const SLOWEST = 10;
const SLOWEST_AMONG = 100;
/** Words of ours that a table holds: there are some forty, and a later version may have more. */
const MAX_REASONS = 500;

export class ReportTally {
  readonly #counts = noVerdicts();
  readonly #reasons = new Map<string, { -readonly [Key in keyof ReasonCount]: ReasonCount[Key] }>();
  readonly #waiting = new Map<string, number>();
  readonly #providers = new Map<string, Record<Verdict, number>>();
  readonly #attempts = new Map<number, number>();
  readonly #savings = { asked: 0, taken: 0, dns: 0, known: 0, controls: 0 };
  readonly #domains = new Weighing<Exclude<keyof SlowDomain, 'name'>>();
  readonly #pace: TimeBins<Verdict>;
  #undecided = 0;
  #withoutEvidence = 0;
  #firstAt = Infinity;
  #lastAt = -Infinity;

  /** `offsetSeconds`: what local time is ahead of UTC by. */
  constructor(offsetSeconds = 0) {
    this.#pace = new TimeBins(VERDICTS, offsetSeconds);
  }

  add({ id, email, isProcessed, validationStatus, evidence }: RowOutcome): void {
    if (!isProcessed) {
      this.#undecided++;
      if (evidence?.status === 'deferred') addOne(this.#waiting, evidence.reason);
      return;
    }
    const verdict = verdictIn(validationStatus);
    this.#counts[verdict]++;
    // Where the CRM shows another verdict than ours, ours is not what it stands on.
    if (evidence === undefined || evidence.status !== validationStatus) this.#withoutEvidence++;
    else this.#addEvidence(verdict, id, email, evidence);
  }

  finish(): Report {
    const decided = sumOf(this.#counts);
    return {
      rows: decided + this.#undecided,
      decided,
      counts: { ...this.#counts },
      undecided: this.#undecided,
      waiting: [...this.#waiting].map(([reason, rows]) => ({ reason, rows })).toSorted(byRows),
      withoutEvidence: this.#withoutEvidence,
      reasons: [...this.#reasons.values()].toSorted(byRows),
      providers: [...this.#providers]
        .map(([name, counts]) => ({ name, rows: sumOf(counts), counts }))
        .toSorted((a, b) => Number(a.name === OTHER) - Number(b.name === OTHER) || byRows(a, b)),
      pace: this.#pace.finish(MAX_BINS),
      firstAt: this.#firstAt === Infinity ? undefined : this.#firstAt,
      lastAt: this.#lastAt === -Infinity ? undefined : this.#lastAt,
      attempts: [...this.#attempts]
        .map(([attempt, rows]) => ({ attempt, rows }))
        .toSorted((a, b) => a.attempt - b.attempt),
      savings: { ...this.#savings },
      slowest: this.#slowest(),
    };
  }

  #slowest(): Heaviest<SlowDomain> {
    const { items, isCertain } = this.#domains.finish(SLOWEST_AMONG);
    const each = ({ totalMs, rows }: SlowDomain): number => totalMs / rows;
    return { items: items.toSorted((a, b) => each(b) - each(a)).slice(0, SLOWEST), isCertain };
  }

  #addEvidence(verdict: Verdict, id: number, email: string, evidence: OutcomeEvidence): void {
    const { reason, mx, decidedAt } = evidence;
    const known = this.#reasons.get(`${verdict} ${reason}`);
    if (known !== undefined) known.rows++;
    else if (this.#reasons.size < MAX_REASONS)
      this.#reasons.set(`${verdict} ${reason}`, { verdict, reason, rows: 1, exampleId: id });
    this.#pace.add(decidedAt, verdict);
    this.#firstAt = Math.min(this.#firstAt, decidedAt);
    this.#lastAt = Math.max(this.#lastAt, decidedAt);
    if (mx !== undefined) {
      const name = providerOf(mx)?.name ?? gatewayOf(mx) ?? OTHER;
      const counts = this.#providers.get(name) ?? noVerdicts();
      counts[verdict]++;
      this.#providers.set(name, counts);
    }
    this.#addProbe(verdict, email, evidence);
  }

  #addProbe(verdict: Verdict, email: string, evidence: OutcomeEvidence): void {
    const { attempt, tookMs } = evidence;
    const how = howDecided(evidence);
    this.#savings[how]++;
    if (how !== 'asked') return;
    if (evidence.isControlSpared) this.#savings.controls++;
    addOne(this.#attempts, Math.min(attempt, MAX_ATTEMPT));
    if (tookMs === undefined) return;
    this.#domains.add(domainOf(email), tookMs, {
      rows: 1,
      attempts: attempt,
      unknown: verdict === 'unknown' ? 1 : 0,
      totalMs: tookMs,
    });
  }
}

function howDecided({ isTaken, stage, attempt }: OutcomeEvidence): Exclude<keyof Savings, 'controls'> {
  if (isTaken) return 'taken';
  if (stage === 'dns') return 'dns';
  return attempt === 0 ? 'known' : 'asked';
}

/** Another program may have written a word of its own; what it means is not known. */
function verdictIn(status: string | undefined): Verdict {
  return status !== undefined && Object.hasOwn(DOMAIN_STATUS, status) ? (status as Verdict) : 'unknown';
}

function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1).toLowerCase();
}

function noVerdicts(): Record<Verdict, number> {
  return { valid: 0, invalid: 0, 'catch-all': 0, disposable: 0, unknown: 0 };
}

function sumOf(counts: VerdictCounts): number {
  return VERDICTS.reduce((sum, verdict) => sum + counts[verdict], 0);
}

function byRows(a: { readonly rows: number }, b: { readonly rows: number }): number {
  return b.rows - a.rows;
}

function addOne<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
