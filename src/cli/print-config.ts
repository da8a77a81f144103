// The command `config print`: the settings in force. Opens nothing and asks nobody.

import { relative } from 'node:path';
import { cleanLine } from '../domain/clean-text.ts';
import { loadConfig } from '../platform/config.ts';
import type { ConfigProblem } from '../platform/config-sources.ts';
import { EXIT, OperationalError } from '../platform/operational-error.ts';
import { showSettings, type ShownSetting } from '../platform/show-settings.ts';
import { besideEachOther, widthOf, wrap } from './columns.ts';
import { jsonText, printLine } from './output.ts';

export interface PrintConfigOptions {
  readonly hasOrigins: boolean;
  readonly hasReasons: boolean;
  readonly isJson: boolean;
}

/** Prints all settings; throws CONFIG_INVALID behind them where some cannot be used. */
export async function printConfigCommand(options: PrintConfigOptions): Promise<number> {
  const cwd = process.cwd();
  const settings = showSettings({ cwd });
  const invalid = findInvalid(cwd);
  if (options.isJson) await printLine(jsonText(documentOf(settings, invalid, cwd)));
  else for (const line of linesOf(settings, options, cwd, widthOf(process.stdout))) await printLine(line);
  if (invalid !== undefined) throw invalid;
  return EXIT.done;
}

/** Where a setting comes from, in as few words as tell it. */
export function originText(origin: string | undefined, cwd: string): string {
  if (origin === undefined) return 'default';
  return origin.startsWith('/') ? relative(cwd, origin) : origin.replace(/^the /, '');
}

/** Settings as programs read them. */
export function settingDocuments(settings: readonly ShownSetting[], cwd: string): object[] {
  return settings.map(({ key, value, origin, reason }) => ({
    key,
    value: value ?? null,
    origin: originText(origin, cwd),
    reason,
  }));
}

function linesOf(
  settings: readonly ShownSetting[],
  { hasOrigins, hasReasons }: PrintConfigOptions,
  cwd: string,
  width: number,
): string[] {
  const keyWidth = Math.max(...settings.map(({ key }) => key.length));
  const origins = settings.map(({ value, origin }) =>
    value === undefined ? 'not set' : originText(origin, cwd),
  );
  const originWidth = hasOrigins ? Math.max(...origins.map((origin) => origin.length)) : 0;
  const valueWidth = Math.max(width - keyWidth - originWidth - (hasOrigins ? 4 : 2), 10);
  return settings.flatMap(({ key, value, reason }, index) => [
    ...besideEachOther(
      [key, cleanLine(value ?? '–'), ...(hasOrigins ? [origins[index]!] : [])],
      [keyWidth, valueWidth, originWidth],
    ),
    ...(hasReasons ? [...wrap(reason, width - 2).map((line) => `  ${line}`), ''] : []),
  ]);
}

function documentOf(
  settings: readonly ShownSetting[],
  invalid: OperationalError | undefined,
  cwd: string,
): object {
  return {
    settings: settingDocuments(settings, cwd),
    problems: (invalid?.fields['problems'] as readonly ConfigProblem[] | undefined) ?? [],
  };
}

function findInvalid(cwd: string): OperationalError | undefined {
  try {
    loadConfig({ cwd });
    return undefined;
  } catch (error) {
    if (error instanceof OperationalError && error.code === 'CONFIG_INVALID') return error;
    throw error;
  }
}
