// What a check of the doctor says: a line with a grade, and what to do about it.

export type Grade = 'ok' | 'warning' | 'failure';

export interface Remark {
  readonly grade: Grade;
  /** What it is about, in a word or two: stable, for programs. */
  readonly about: string;
  readonly text: string;
  /** The next step, as one sentence; none where all is well. */
  readonly next?: string | undefined;
  /** Rows of a table that belongs to it: a setting, its value, where it comes from. */
  readonly details?: readonly Detail[] | undefined;
}

export type Detail = readonly [key: string, value: string, origin: string];

export function ok(about: string, text: string, details?: readonly Detail[]): Remark {
  return { grade: 'ok', about, text, details };
}

/** Something that wants an eye: it works, or it could not be found out. */
export function warning(about: string, text: string, next: string): Remark {
  return { grade: 'warning', about, text, next };
}

/** Something that keeps the program from its work, or makes its verdicts worse. */
export function failure(about: string, text: string, next: string): Remark {
  return { grade: 'failure', about, text, next };
}
