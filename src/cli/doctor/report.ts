// How the doctor's remarks are told: by theme, each with its grade, what to do below it; or as one document.

import { cleanLine } from '../../domain/clean-text.ts';
import { besideEachOther, wrap } from '../columns.ts';
import type { Paint } from '../paint.ts';
import type { ShownSetting } from '../../platform/show-settings.ts';
import { settingDocuments } from '../print-config.ts';
import { type Theme, THEMES } from './check.ts';
import type { Detail, Grade, Remark } from './remark.ts';
import type { Examined } from './run-checks.ts';

const TINTS = { ok: 'good', warning: 'doubtful', failure: 'bad' } as const;

/** Records of strangers may be as long as they like. */
const MAX_TEXT = 1500;
const GRADE_WIDTH = 'warning'.length;
const INDENT = ' '.repeat(GRADE_WIDTH + 4);

/** Gives the lines of the report, each at most `width` wide. */
export function reportLines(examined: readonly Examined[], width: number, paint: Paint): string[] {
  const lines = THEMES.flatMap((theme) => {
    const remarks = remarksOn(theme, examined);
    if (remarks.length === 0) return [];
    const told = withTogether(remarks).flatMap((remark) => linesOf(remark, width, paint));
    return [paint('heading', theme), ...told, ''];
  });
  return [...lines, ...wrap(summary(examined), width)];
}

export function reportDocument(
  examined: readonly Examined[],
  settings: readonly ShownSetting[],
  cwd: string,
): object {
  const checks = THEMES.flatMap((theme) =>
    remarksOn(theme, examined).map(({ grade, about, text, next }) => ({
      theme,
      about,
      grade,
      text: cleanLine(text, MAX_TEXT),
      next: next ?? null,
    })),
  );
  return {
    ok: countOf('failure', examined) === 0,
    counts: countsOf(examined),
    checks,
    settings: settingDocuments(settings, cwd),
  };
}

/** True when something keeps the program from its work. */
export function hasFailure(examined: readonly Examined[]): boolean {
  return countOf('failure', examined) > 0;
}

function linesOf({ grade, about, text, next, details = [] }: Remark, width: number, paint: Paint): string[] {
  const room = width - INDENT.length;
  const [first = '', ...rest] = wrap(cleanLine(`${about}: ${text}`, MAX_TEXT), room);
  return [
    `  ${paint(TINTS[grade], grade.padEnd(GRADE_WIDTH))}  ${first}`,
    ...rest.map((line) => `${INDENT}${line}`),
    ...(next === undefined
      ? []
      : wrap(cleanLine(`→ ${next}`, MAX_TEXT), room - 2).map(
          (line, index) => `${INDENT}${index === 0 ? '' : '  '}${line}`,
        )),
    ...inColumns(details, room - 2).map((line) => `${INDENT}  ${line}`),
  ];
}

/** Below each other; a value for which there is no room goes on below itself. */
function inColumns(details: readonly Detail[], width: number): string[] {
  const widthOf = (column: 0 | 1 | 2): number => Math.max(...details.map((detail) => detail[column].length));
  const [keys, values, origins] = [widthOf(0), widthOf(1), widthOf(2)];
  const room = Math.max(width - keys - origins - 4, 10);
  return details.flatMap((detail) => besideEachOther(detail, [keys, Math.min(values, room), origins]));
}

function summary(examined: readonly Examined[]): string {
  const { ok, warning, failure } = countsOf(examined);
  const counts = `${ok} ok, ${counted(warning, 'warning')}, ${counted(failure, 'failure')}`;
  if (failure > 0) return `${counts}: not fit to probe; see to the failures.`;
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

/** Remarks that say the same of several things, as one. */
function withTogether(remarks: readonly Remark[]): readonly Remark[] {
  const together: Remark[] = [];
  for (const remark of remarks) {
    const same = together.findIndex(
      ({ about, text, next }) => about !== remark.about && text === remark.text && next === remark.next,
    );
    if (same < 0) together.push(remark);
    else together[same] = { ...remark, about: `${together[same]!.about}, ${remark.about}` };
  }
  return together;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
