// What Prometheus is told of this server: gauges of the cycle that runs or ran last, and counters that go on from cycle to
// cycle, since each begins with what the file before it said. Labels hold words of ours and no more: no address, domain,
// user, list or host. Who collects the file adds the name of the machine.
//
// Invariant: only whoever holds the lock writes the file, so no counter is read and written by two.

import type { Metric } from '../files/metrics-file.ts';
import type { CycleEnd } from './run-cycle.ts';
import { NONE_SAVED, type TallyFigures } from './tally.ts';
import type { WorkProgress } from './progress.ts';
import { NO_OUTCOMES } from '../domain/verdict.ts';

/** node_exporter is asked every 15 s to a minute. */
const WRITE_EVERY_MS = 15_000;

type Values = ReadonlyMap<string, number>;

export interface CycleMetricsOptions {
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly read: () => ReadonlyMap<string, Values>;
  /** Throws what keeps it from being written. */
  readonly write: (metrics: readonly Metric[]) => void;
  /** Hears of the first write that failed. */
  readonly failed: (error: unknown) => void;
}

/** What there is to tell at a moment. */
interface Moment {
  readonly figures: TallyFigures | undefined;
  readonly progress: WorkProgress | undefined;
  readonly end: CycleEnd | undefined;
}

const NOTHING: TallyFigures = {
  counts: NO_OUTCOMES,
  reasons: {},
  unwritten: 0,
  dropped: 0,
  saved: NONE_SAVED,
};

export class CycleMetrics {
  readonly #options: CycleMetricsOptions;
  #startedAt = 0;
  #before: ReadonlyMap<string, Values> = new Map();
  #writtenAt = -Infinity;
  #hasFailed = false;

  constructor(options: CycleMetricsOptions) {
    this.#options = options;
  }

  began(): void {
    this.#startedAt = this.#options.now();
    this.#before = this.#options.read();
  }

  /** Writes no more often than WRITE_EVERY_MS, however often it is called. */
  working(progress: WorkProgress): void {
    if (this.#options.now() - this.#writtenAt < WRITE_EVERY_MS) return;
    this.#write({ figures: progress.figures, progress, end: undefined });
  }

  ended(end: CycleEnd): void {
    this.#write({ figures: end.work, progress: undefined, end });
  }

  #write(moment: Moment): void {
    this.#writtenAt = this.#options.now();
    try {
      this.#options.write([...this.#gauges(moment), ...this.#counters(moment)]);
    } catch (error) {
      if (!this.#hasFailed) this.#options.failed(error);
      this.#hasFailed = true;
    }
  }

  #gauges({ progress, end }: Moment): readonly Metric[] {
    const gauge = (name: string, help: string, value: number | undefined, labels = ''): Metric => {
      const known = value ?? this.#before.get(`smtp_validate_${name}`)?.get(labels);
      const values = new Map(known === undefined ? [] : [[labels, known]]);
      return { name: `smtp_validate_${name}`, type: 'gauge', help, values };
    };
    const now = this.#options.now();
    const ended = end === undefined ? undefined : now;
    return [
      gauge('info', 'Always 1; the version is in the label.', 1, `version="${this.#options.version}"`),
      gauge('cycle_running', 'Whether a cycle is at work.', end === undefined ? 1 : 0),
      gauge(
        'cycle_start_timestamp_seconds',
        'When the latest cycle began.',
        Math.round(this.#startedAt / 1000),
      ),
      gauge(
        'cycle_end_timestamp_seconds',
        'When a cycle ended last, one without work as well.',
        ended && Math.round(ended / 1000),
      ),
      gauge(
        'cycle_duration_seconds',
        'How long the cycle that ended last took.',
        ended && Math.round(ended - this.#startedAt) / 1000,
      ),
      gauge('cycle_exit_code', 'What the cycle that ended last exited with.', end?.exitCode),
      gauge('workers', 'Worker processes that are alive.', progress?.workers ?? 0),
      gauge(
        'users_active',
        'Users that addresses are claimed for or in hand of.',
        progress?.users.length ?? 0,
      ),
      gauge('rows_in_hand', 'Addresses that are claimed and not settled.', progress?.inHand ?? 0),
    ];
  }

  #counters({ figures = NOTHING, end }: Moment): readonly Metric[] {
    const counter = (name: string, help: string, added: Readonly<Record<string, number>>): Metric => {
      const full = `smtp_validate_${name}_total`;
      const values = new Map(this.#before.get(full));
      for (const [labels, value] of Object.entries(added))
        values.set(labels, (values.get(labels) ?? 0) + value);
      return { name: full, type: 'counter', help, values };
    };
    const { counts, reasons, saved, dropped, unwritten } = figures;
    const work = end?.work;
    return [
      counter(
        'cycles',
        'Cycles that ended, by exit code.',
        end ? { [`exit_code="${end.exitCode}"`]: 1 } : {},
      ),
      counter(
        'results',
        'Results written to the database by outcome; deferred ones were put off for another attempt.',
        labelled('outcome', counts),
      ),
      counter('reasons', 'Results written to the database by reason.', labelled('reason', reasons)),
      counter(
        'probes_saved',
        'What no mail host was asked, by why not.',
        labelled('cause', {
          same_address: saved.sameAddress,
          shadow_run: saved.shadowRun,
          no_mail_host: saved.noMailHost,
          dead_host: saved.deadHost,
          known_here: saved.knownHere,
          known_domain: saved.knownDomain,
        }),
      ),
      counter('results_dropped', 'Results whose claim was lost or whose row was gone.', { '': dropped }),
      counter('results_unwritten', 'Results that had to wait in journals for a later cycle.', {
        '': end === undefined ? 0 : unwritten,
      }),
      counter('rows_given_back', 'Addresses given back unprobed at the end of a cycle.', {
        '': work?.givenBack ?? 0,
      }),
      counter('worker_failures', 'Worker processes that failed.', { '': work?.workersFailed ?? 0 }),
      counter('lists_completed', 'Lists of which every address is decided.', {
        '': end?.completedLists.length ?? 0,
      }),
    ];
  }
}

function labelled(label: string, values: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(values).map(([value, count]) => [`${label}="${value}"`, count]));
}
