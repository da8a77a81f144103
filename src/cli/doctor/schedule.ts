// The doctor's look for whatever starts us: crontabs and systemd timers, as far as this user may read them.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { askProgram } from '../../platform/ask-program.ts';
import type { Check } from './check.ts';
import { findCronEntries, readService, serviceOfTimer, type CronEntry, type Unit } from './crontab.ts';
import { ok, type Remark, warning } from './remark.ts';

export const scheduleChecks: readonly Check[] = [
  {
    theme: 'Schedule',
    about: 'schedule',
    run: async ({ cwd }) => judgeSchedule(await findStarters('/'), cwd),
  },
];

export interface Starters {
  readonly entries: readonly (CronEntry & { readonly from: string })[];
  readonly timers: readonly (Unit & { readonly name: string })[];
  /** What may not be read, or cannot be asked. */
  readonly unread: readonly string[];
}

const SYSTEM_TABLES = 'etc/cron.d';
const UNIT_FOLDERS = [
  'etc/systemd/system',
  'usr/local/lib/systemd/system',
  'usr/lib/systemd/system',
  'lib/systemd/system',
];
const ASK_MS = 5_000;

/** Looks in the usual places below `root`, and asks crontab(1) for this user's own. */
export async function findStarters(root: string, ownTable = askOwnTable): Promise<Starters> {
  const systemTables = [join(root, 'etc/crontab'), ...filesIn(join(root, SYSTEM_TABLES))];
  const system = systemTables.flatMap((path) =>
    findCronEntries(read(path), true).map((entry) => ({ ...entry, from: path })),
  );
  const own = await ownTable();
  const ownEntries = typeof own === 'string' ? findCronEntries(own, false) : [];
  return {
    entries: [...system, ...ownEntries.map((entry) => ({ ...entry, from: 'the crontab of this user' }))],
    timers: findTimers(root),
    unread: typeof own === 'string' ? [] : [`the crontab of this user (${own.why})`],
  };
}

export function judgeSchedule({ entries, timers, unread }: Starters, cwd: string): Remark[] {
  const php = entries.filter(({ isPhpJob }) => isPhpJob);
  const ours = entries.filter(({ isPhpJob }) => !isPhpJob);
  const starters = [...ours, ...timers];
  const isOnlyShadow = starters.length > 0 && starters.every(({ isShadow }) => isShadow);
  return [
    ...php.map(({ from }) => judgePhpJob(from, isOnlyShadow)),
    ...ours.map((entry) => judgeEntry(entry, cwd)),
    ...timers.map(({ name, isShadow, folder }) => atFolder(`${name} ${deedOf(isShadow)}`, folder, cwd)),
    ...(starters.length === 0 ? [nothingFound(unread)] : []),
  ];
}

function judgePhpJob(from: string, isOnlyShadow: boolean): Remark {
  if (isOnlyShadow)
    return ok('PHP job', `${from} starts smtp_validation_cron.php, beside a shadow run of ours`);
  return warning(
    'PHP job',
    `${from} still starts smtp_validation_cron.php`,
    'Take that line out: both would work on the same rows, and it does not know of our claims.',
  );
}

function judgeEntry(
  { from, folder, isEachMinute, isShadow }: CronEntry & { readonly from: string },
  cwd: string,
): Remark {
  if (isEachMinute) return atFolder(`${from} ${deedOf(isShadow)} each minute`, folder, cwd);
  return warning(
    'schedule',
    `${from} ${deedOf(isShadow)}, but not each minute`,
    'Begin the line with * * * * *, as deploy/crontab does: whoever comes too early ends at once.',
  );
}

function deedOf(isShadow: boolean): string {
  return isShadow ? 'starts a shadow run' : 'starts it';
}

function nothingFound(unread: readonly string[]): Remark {
  const limits = unread.length === 0 ? '' : `; not read: ${unread.join(', ')}`;
  return warning(
    'schedule',
    `nothing was found that starts it, neither a crontab that this user may read nor a systemd timer that is enabled${limits}`,
    'Run "smtp-validate-cron install cron --write" (or systemd) as the user that is to run it; if another user’s crontab has it, all is well.',
  );
}

function atFolder(text: string, folder: string | undefined, cwd: string): Remark {
  if (folder === undefined || isSameFolder(folder, cwd)) return ok('schedule', text);
  return warning(
    'schedule',
    `${text} in ${folder}, and the doctor looks at the settings of ${cwd}`,
    `Run the doctor in ${folder} to see what the cycles see.`,
  );
}

/** Timers that are enabled, by the links that "systemctl enable" makes. */
function findTimers(root: string): Starters['timers'] {
  const units = UNIT_FOLDERS.map((folder) => join(root, folder));
  const enabled = new Set(
    units.flatMap((folder) =>
      namesIn(folder)
        .filter((name) => name.endsWith('.wants'))
        .flatMap((wants) => namesIn(join(folder, wants))),
    ),
  );
  const textOf = (name: string): string =>
    units.map((folder) => read(join(folder, name))).find((text) => text !== '') ?? '';
  return [...enabled]
    .filter((name) => name.endsWith('.timer'))
    .map((name) => ({ name, ...readService(textOf(serviceOfTimer(name, textOf(name)))) }))
    .filter(({ startsUs }) => startsUs);
}

// crontab(1) may read what its user may not; "no crontab for …" is an answer as well.
async function askOwnTable(): Promise<string | { readonly why: string }> {
  const answer = await askProgram('crontab', ['-l'], ASK_MS);
  if (answer.type === 'said') return answer.text;
  return answer.why.startsWith('no crontab for') ? '' : { why: answer.why };
}

function isSameFolder(a: string, b: string): boolean {
  const [one, other] = [a, b].map((path) => statSync(path, { throwIfNoEntry: false }));
  return one !== undefined && other !== undefined && one.ino === other.ino && one.dev === other.dev;
}

function filesIn(folder: string): string[] {
  return namesIn(folder).map((name) => join(folder, name));
}

// What is not there or may not be read holds nothing for us; that there is such a thing is told where it matters.
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
