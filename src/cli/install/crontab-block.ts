// Our part of a crontab: a block of lines between two marks, one for each folder. Everything outside of it is somebody else's
// and stays to the letter. Pure: who reads and writes the table is ../install.ts.

import { findCronEntries } from '../doctor/crontab.ts';
import { shellWord, type Starter } from './starter.ts';

/** What a table becomes. */
export interface Placing {
  readonly table: string;
  readonly isChanged: boolean;
  /** Lines beside the block that start us in the same folder. */
  readonly rivals: readonly string[];
  /** Lines that start the PHP job. */
  readonly phpJobs: readonly string[];
}

/** The lines of the block. */
export function cronBlock(starter: Starter): string {
  const { folder } = starter;
  return [
    `# BEGIN smtp-validate-cron in ${folder}`,
    '# Written by "smtp-validate-cron install cron --write", which replaces what stands up to END.',
    cronLine(starter),
    `# END smtp-validate-cron in ${folder}`,
  ].join('\n');
}

/** The line for crontab(5): `%` is a line break there unless a backslash says otherwise. */
export function cronLine({ folder, node, program, args, offsetSeconds }: Starter): string {
  const wait = offsetSeconds === 0 ? '' : `sleep ${offsetSeconds}; `;
  const call = [node, program, ...args].map(shellWord).join(' ');
  return `* * * * *  ${wait}cd ${shellWord(folder)} && ${call}`.replaceAll('%', String.raw`\%`);
}

/** Gives the table with the block in its old place, or at its end. */
export function placeBlock(table: string, starter: Starter): Placing {
  const { before, after } = around(table, starter.folder);
  const entries = findCronEntries(`${before}\n${after}`, false);
  const next = `${endLine(before)}${cronBlock(starter)}\n${after}`;
  return {
    table: next,
    isChanged: next !== table,
    rivals: entries
      .filter(({ isPhpJob, folder }) => !isPhpJob && (folder === undefined || folder === starter.folder))
      .map(({ line }) => line),
    phpJobs: entries.filter(({ isPhpJob }) => isPhpJob).map(({ line }) => line),
  };
}

/** A mark counts only as a whole line; without its END a block is none, so that nothing behind it is lost. */
function around(table: string, folder: string): { readonly before: string; readonly after: string } {
  const lines = table.split('\n');
  const begin = lines.indexOf(`# BEGIN smtp-validate-cron in ${folder}`);
  const end = lines.indexOf(`# END smtp-validate-cron in ${folder}`, begin + 1);
  if (begin === -1 || end === -1) return { before: table, after: '' };
  return { before: lines.slice(0, begin).join('\n'), after: lines.slice(end + 1).join('\n') };
}

function endLine(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
