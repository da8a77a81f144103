// The doctor's look at the database: whether it lets us in, has what we need, and lets us do what we must.

import { OperationalError } from '../../platform/operational-error.ts';
import type { Connections, DatabaseClock, Examination } from '../../store/examine.ts';
import type { Store } from '../../store/store.ts';
import { openConfiguredStore } from '../open-configured-store.ts';
import { type Check, configuredOf, type Ground } from './check.ts';
import { failure, ok, type Remark, warning } from './remark.ts';

export const databaseChecks: readonly Check[] = [
  { theme: 'Database', about: 'database', run: (ground) => lookAtDatabase(ground) },
];

const GRANTS = 'Grant it to this account as deploy/grants.sql does.';

// One connection for all of it, in an order in which what stands in the way is told first.
async function lookAtDatabase(ground: Ground): Promise<readonly Remark[]> {
  const config = configuredOf(ground).config;
  return answered('database', async () => {
    // Nobody waits here for a database to come back: that it is away is what is to be told.
    await using store = await openConfiguredStore(config, false, { reconnectForMs: 0 });
    return [
      ok('database', store.description),
      ...(await answered('schema', () => lookAtSchema(store))),
      ...(await answered('rights', async () => judgeExamination(await store.examine()))),
    ];
  });
}

async function lookAtSchema(store: Store): Promise<Remark[]> {
  return [judgeSchema(await store.missingSchema())];
}

export function judgeSchema(missing: readonly string[]): Remark {
  if (missing.length === 0)
    return ok('schema', 'tables, indexes and settings are there, and of this version');
  return failure(
    'schema',
    `missing: ${missing.join(', ')}`,
    'Run "smtp-validate-cron migrate --dry-run", then "smtp-validate-cron migrate" with the account that may.',
  );
}

function judgeExamination({ clock, connections, missingRights }: Examination): Remark[] {
  return [
    judgeRights(missingRights),
    ...(connections === undefined ? [] : [judgeConnections(connections)]),
    judgeClock(clock),
  ];
}

export function judgeRights(missing: readonly string[]): Remark {
  if (missing.length === 0) return ok('rights', 'everything that the daily work needs');
  return failure('rights', `missing: ${byTable(missing).join('; ')}`, GRANTS);
}

/** `INSERT, DELETE ON svc_row` for what is lacking on one table. */
function byTable(rights: readonly string[]): string[] {
  const tables = new Map<string, string[]>();
  for (const right of rights) {
    const [what = right, table = ''] = right.split(' ON ');
    tables.set(table, [...(tables.get(table) ?? []), what]);
  }
  return [...tables].map(([table, what]) => `${what.join(', ')} ON ${table}`);
}

/** So many connections are left over at least: one for each server's cycle, and some for commands and the CRM. */
const SPARE_SHARE = 0.9;
const PER_USER = 3;

export function judgeConnections({ max, mostUsed, maxPerUser }: Connections): Remark {
  if (maxPerUser !== undefined && maxPerUser < PER_USER)
    return warning(
      'connections',
      `this account may have ${maxPerUser} at once: a cycle on each server takes one, and each command too`,
      'Raise max_user_connections for this account.',
    );
  const used = `${mostUsed} of ${max} were in use at the most`;
  if (mostUsed >= max * SPARE_SHARE)
    return warning(
      'connections',
      `${used} since the server started`,
      'Raise max_connections, or find out who keeps so many open.',
    );
  return ok('connections', `${used}; each server of ours takes one`);
}

/** Differences that are no matter: the rounding of seconds, and clocks that NTP keeps. */
const MAX_DIFFERENCE_SECONDS = 2;

export function judgeClock(clock: DatabaseClock): Remark {
  const seconds = clockDifference(clock);
  if (Math.abs(seconds) <= MAX_DIFFERENCE_SECONDS) return ok('clock', 'agrees with the database’s');
  const way = seconds > 0 ? 'ahead of' : 'behind';
  return warning(
    'clock',
    `the database’s is ${Math.abs(seconds)} s ${way} this machine’s; claims and retries go by the database’s, logs by this one`,
    'Have NTP set the clocks of both machines (timedatectl).',
  );
}

/**
 * Whole seconds by which the database's clock is ahead of ours, negative when behind: the least that explains what it said.
 * It cuts its seconds, and said it at some moment between the two of ours.
 */
export function clockDifference({ seconds, askedAtMs, answeredAtMs }: DatabaseClock): number {
  const [from, to] = [seconds * 1000, seconds * 1000 + 999];
  if (from > answeredAtMs) return Math.floor((from - answeredAtMs) / 1000);
  if (to < askedAtMs) return 0 - Math.floor((askedAtMs - to) / 1000);
  return 0;
}

// The sentences of the store say what happened and, behind the last semicolon of what they quote, what to do.
async function answered(about: string, look: () => Promise<readonly Remark[]>): Promise<readonly Remark[]> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    const [, what = error.message, next] = /^(.*?(?:\)|yet)); (.*)$/s.exec(error.message) ?? [];
    return [failure(about, what, next === undefined ? DEFAULT_STEP : asSentence(next))];
  }
}

const DEFAULT_STEP =
  '"smtp-validate-cron config print --origin" shows which database is meant, and where that is said.';

function asSentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
