// How the doctor's remarks are told: by theme, each with its grade, what to do below it; or as one document.

import { styleText } from 'node:util';
import { cleanLine } from '../../domain/clean-text.ts';
import { wrap } from '../columns.ts';
import { type Theme, THEMES } from './check.ts';
import type { Grade, Remark } from './remark.ts';
import type { Examined } from './run-checks.ts';

/** How a grade is written; in colour or plainly. */
export type Paint = (grade: Grade, text: string) => string;

const COLOURS = { ok: 'green', warning: 'yellow', failure: 'red' } as const;
export const inColour: Paint = (grade, text) => styleText(COLOURS[grade], text, { validateStream: false });
export const plainly: Paint = (_, text) => text;

const GRADE_WIDTH = 'warning'.length;
const INDENT = ' '.repeat(GRADE_WIDTH + 4);

/** Gives the lines of the report, each at most `width` wide. */
export function reportLines(examined: readonly Examined[], width: number, paint: Paint): string[] {
  const lines = THEMES.flatMap((theme) => {
    const remarks = remarksOn(theme, examined);
    return remarks.length === 0
      ? []
      : [theme, ...remarks.flatMap((remark) => linesOf(remark, width, paint)), ''];
  });
  return [...lines, ...wrap(summary(examined), width)];
}

export function reportDocument(examined: readonly Examined[]): object {
  const checks = THEMES.flatMap((theme) =>
    remarksOn(theme, examined).map(({ grade, about, text, next, details }) => ({
      theme,
      about,
      grade,
      text: cleanLine(text),
      next: next ?? null,
      details: details ?? [],
    })),
  );
  return { ok: countOf('failure', examined) === 0, counts: countsOf(examined), checks };
}

/** True when something keeps the program from its work. */
export function hasFailure(examined: readonly Examined[]): boolean {
  return countOf('failure', examined) > 0;
}

function linesOf({ grade, about, text, next, details = [] }: Remark, width: number, paint: Paint): string[] {
  const room = width - INDENT.length;
  const [first = '', ...rest] = wrap(cleanLine(`${about}: ${text}`), room);
  return [
    `  ${paint(grade, grade.padEnd(GRADE_WIDTH))}  ${first}`,
    ...rest.map((line) => `${INDENT}${line}`),
    ...(next === undefined
      ? []
      : wrap(cleanLine(`→ ${next}`), room - 2).map(
          (line, index) => `${INDENT}${index === 0 ? '' : '  '}${line}`,
        )),
    ...details.flatMap((detail) =>
      wrapKeeping(cleanEnds(detail), room - 2).map((line) => `${INDENT}  ${line}`),
    ),
  ];
}

function summary(examined: readonly Examined[]): string {
  const { ok, warning, failure } = countsOf(examined);
  const counts = `${ok} ok, ${warning} warning(s), ${failure} failure(s)`;
  if (failure > 0) return `${counts}: not fit to probe until the failures are seen to.`;
  return warning > 0 ? `${counts}: fit to probe; look at the warnings.` : `${counts}: fit to probe.`;
}

function countsOf(examined: readonly Examined[]) {
  return {
    ok: countOf('ok', examined),
    warning: countOf('warning', examined),
    failure: countOf('failure', examined),
  };
}

function countOf(grade: Grade, examined: readonly Examined[]): number {
  return examined.flatMap(({ remarks }) => remarks).filter((remark) => remark.grade === grade).length;
}

function remarksOn(theme: Theme, examined: readonly Examined[]): readonly Remark[] {
  return examined.filter((each) => each.theme === theme).flatMap(({ remarks }) => remarks);
}

// The blanks within a detail are its layout.
function wrapKeeping(text: string, width: number): string[] {
  return text.length <= width ? [text] : wrap(text, width);
}

function cleanEnds(text: string): string {
  return text
    .split('  ')
    .map((part) => cleanLine(part))
    .join('  ');
}
