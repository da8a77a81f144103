// What a report is made of, however it is shown: the sum, whose it is, and what was said for example.

import type { Report } from '../domain/report.ts';

/** What was said about one row that stands for its reason. */
export interface Example {
  readonly reason: string;
  readonly email: string;
  readonly said: string;
}

export interface ReportFacts {
  /** `List 12`, `User 5`, `All lists`. */
  readonly about: string;
  /** As the CRM has it; not to be trusted. */
  readonly name: string | undefined;
  readonly status: string | undefined;
  readonly userId: number | undefined;
  readonly since: number | undefined;
  readonly readAt: number;
  /** What the list's total counts and has no row: no addresses, that nobody will ever ask about. */
  readonly leftOut: number;
  readonly report: Report;
  readonly examples: readonly Example[];
}

/** How moments are written. */
export interface Times {
  /** `28 November 2026, 04:10`. */
  readonly moment: (epochSeconds: number) => string;
  /** For the foot of a chart whose columns are so wide: a time of the day, or a day. */
  readonly mark: (epochSeconds: number, widthSeconds: number) => string;
}
