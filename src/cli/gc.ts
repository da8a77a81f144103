// The command `gc`: removes what is older than it is to be kept, from the folders and from our tables, and says what it was.
// Logs and batch files go each day by themselves; the tables are walked only here.

import { grouped } from '../domain/amounts.ts';
import { removeOldFiles, type RemovedFile } from '../files/retention.ts';
import { systemClock } from '../platform/clock.ts';
import { type Config, loadConfig } from '../platform/config.ts';
import { EXIT } from '../platform/operational-error.ts';
import type { StaleKind } from '../store/stale.ts';
import type { Store } from '../store/store.ts';
import { openPreparedStore } from './open-configured-store.ts';
import { jsonText, printLine } from './output.ts';

export interface GcOptions {
  readonly isDryRun: boolean;
  readonly isJson: boolean;
}

/** Days after which a user that nobody worked for counts as a newcomer again. */
const TURN_DAYS = 30;
/** News that were given up are removed by whoever gives them up: these are of a setting that was taken away. */
const WEBHOOK_DAYS = 2;

const FILES = {
  log: 'log files',
  'json-log': 'JSON log files',
  batch: 'batch files and journals set aside',
  code: 'compiled code of other versions of Node',
} as const satisfies Record<RemovedFile['kind'], string>;

const ROWS: readonly { readonly kind: StaleKind; readonly what: string; daysOf(config: Config): number }[] = [
  { kind: 'evidence', what: 'evidence of verdicts', daysOf: (config) => config.evidenceRetentionDays },
  { kind: 'domain facts', what: 'expired domain facts', daysOf: (config) => config.evidenceRetentionDays },
  { kind: 'turns', what: 'turns of idle users', daysOf: () => TURN_DAYS },
  { kind: 'minutes', what: 'minutes of what servers did', daysOf: (config) => config.logRetentionDays },
  { kind: 'webhooks', what: 'webhooks that nobody sends', daysOf: () => WEBHOOK_DAYS },
];

interface Removed {
  readonly kind: string;
  readonly what: string;
  readonly days: number;
  readonly count: number;
  readonly bytes?: number;
}

/** Removes, or with `isDryRun` counts, and prints a line for each kind of thing. */
export async function gcCommand({ isDryRun, isJson }: GcOptions): Promise<number> {
  const config = loadConfig({ cwd: process.cwd() });
  await using store = await openPreparedStore(config);
  const removed = [...(await removeFiles(config, isDryRun)), ...(await removeRows(store, config, isDryRun))];
  if (isJson) {
    await printLine(jsonText({ dry_run: isDryRun, removed }));
    return EXIT.done;
  }
  const width = Math.max(...removed.map(({ count }) => grouped(count).length));
  await printLine(isDryRun ? 'Would be removed:' : 'Removed:');
  for (const { what, days, count, bytes } of removed) {
    const size = bytes === undefined || bytes === 0 ? '' : `, ${sizeText(bytes)}`;
    await printLine(`  ${grouped(count).padStart(width)}  ${what}, older than ${days} days${size}`);
  }
  return EXIT.done;
}

async function removeFiles(config: Config, isDryRun: boolean): Promise<readonly Removed[]> {
  const files = await removeOldFiles({ ...config, isDryRun }, systemClock);
  return Object.entries(FILES).map(([kind, what]) => {
    const ofKind = files.filter((file) => file.kind === kind);
    const bytes = ofKind.reduce((sum, file) => sum + file.bytes, 0);
    return { kind, what, days: config.logRetentionDays, count: ofKind.length, bytes };
  });
}

async function removeRows(store: Store, config: Config, isDryRun: boolean): Promise<readonly Removed[]> {
  const removed: Removed[] = [];
  for (const { kind, what, daysOf } of ROWS) {
    const days = daysOf(config);
    let count = 0;
    let after: string | number | undefined;
    do {
      const piece = await store.removeStale(kind, { days, isDryRun, after });
      count += piece.removed;
      after = piece.next;
    } while (after !== undefined);
    removed.push({ kind, what, days, count });
  }
  return removed;
}

function sizeText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}
