// The doctor's look at the database: whether it lets us in, has what we need, and lets us do what we must.

import { groupBy } from '../../domain/group-by.ts';
import { OperationalError } from '../../platform/operational-error.ts';
import type { Connections, DatabaseClock, Examination } from '../../store/examine.ts';
import type { Store } from '../../store/store.ts';
import { openConfiguredStore } from '../open-configured-store.ts';
import { type Check, configuredOf, type Ground } from './check.ts';
import { failure, ok, type Remark, warning } from './remark.ts';

export const databaseChecks: readonly Check[] = [
  { theme: 'Database', about: 'database', run: (ground) => lookAtDatabase(ground) },
];

const WRITTEN_FOR_THE_CRM = ['emails', 'csv_list'];
const WRITES_FOR_THE_CRM = new RegExp(`^UPDATE .* ON (?:${WRITTEN_FOR_THE_CRM.join('|')})$`);
const GRANTS = 'Grant it to this account as deploy/grants.sql does.';

// One connection for all of it, in an order in which what stands in the way is told first.
async function lookAtDatabase(ground: Ground): Promise<readonly Remark[]> {
  const config = configuredOf(ground).config;
  return answered('database', async () => {
    // Nobody waits here for a database to come back: that it is away is what is to be told.
    await using store = await openConfiguredStore(config, false, { reconnectForMs: 0 });
    return [ok('database', store.description), ...(await lookInside(store))];
  });
}

async function lookInside(store: Store): Promise<readonly Remark[]> {
  let missing: readonly string[] = [];
  const schema = await answered('schema', async () => {
    missing = await store.missingSchema();
    return [judgeSchema(missing)];
  });
  const lacksTables = missing.some((thing) => thing.startsWith('table '));
  const rest = await answered('rights', async () => judgeExamination(await store.examine(), lacksTables));
  return [...schema, ...rest];
}

export function judgeSchema(missing: readonly string[]): Remark {
  if (missing.length === 0)
    return ok('schema', 'tables, indexes and settings are there, and of this version');
  return failure(
    'schema',
    `missing: ${byKind(withoutParts(missing)).join('; ')}`,
    'Run "smtp-validate-cron migrate --dry-run", then "smtp-validate-cron migrate" with the account that may.',
  );
}

const KINDS: Readonly<Record<string, string>> = {
  table: 'tables',
  column: 'columns',
  index: 'indexes',
  setting: 'settings',
};
/** So many of a kind are named; an empty database lacks all of them. */
const MAX_NAMED = 6;

/** Columns and indexes of a table that is missing itself need no words. */
function withoutParts(missing: readonly string[]): readonly string[] {
  return missing.filter(
    (thing) => !missing.includes(`table ${thing.split(' of ').at(-1)}`) || thing.startsWith('table '),
  );
}

/** `tables svc_row, svc_turn` for what is lacking of one kind. */
function byKind(missing: readonly string[]): string[] {
  return [...groupBy(missing, (thing) => thing.slice(0, thing.indexOf(' ')))].map(([kind, things]) => {
    const names = things.map((thing) => thing.slice(kind.length + 1));
    const further = names.length - MAX_NAMED;
    const shown = `${names.slice(0, MAX_NAMED).join(', ')}${further > 0 ? ` and ${further} more` : ''}`;
    return `${names.length === 1 ? kind : (KINDS[kind] ?? kind)} ${shown}`;
  });
}

function judgeExamination(
  { clock, connections, missingRights, hiddenTables }: Examination,
  lacksTables: boolean,
): Remark[] {
  return [
    judgeRights(missingRights, lacksTables),
    ...judgeHidden(hiddenTables),
    ...(connections === undefined ? [] : [judgeConnections(connections)]),
    judgeClock(clock),
  ];
}

/** `lacksTables`: what may be done with a table that is not there cannot be tried. */
export function judgeRights(missing: readonly string[], lacksTables: boolean): Remark {
  if (missing.length === 0 && lacksTables)
    return warning(
      'rights',
      'not checked: there are tables missing',
      'Run "migrate" first, then the doctor again.',
    );
  if (missing.length === 0) return ok('rights', 'everything that the daily work needs');
  if (
    missing.length === WRITTEN_FOR_THE_CRM.length &&
    missing.every((right) => WRITES_FOR_THE_CRM.test(right))
  )
    return warning(
      'rights',
      'this account may only look at emails and csv_list: enough for run --shadow and compare, not for a real run',
      'For the cut-over (docs/migrating.md) take the account of step 2 in deploy/grants.sql.',
    );
  return failure('rights', `missing: ${byTables(missing).join('; ')}`, GRANTS);
}

/** Nothing to say where all may be read. A table that is not there looks the same to an account without rights to it. */
export function judgeHidden(tables: readonly string[]): Remark[] {
  if (tables.length === 0) return [];
  return [
    warning(
      'exclusions',
      `this account may not read ${tables.join(' and ')}: whoever the CRM excludes there is asked about all the same`,
      'Where the CRM has them, grant SELECT on them as deploy/grants.sql does; otherwise there is nothing to do.',
    ),
  ];
}

/** `INSERT, DELETE ON svc_row, svc_turn` for tables that lack the same. */
function byTables(rights: readonly string[]): string[] {
  const parted = rights.map((right) => right.split(' ON '));
  const ofTables = [...groupBy(parted, ([, table = '']) => table)].map(([table, those]) => ({
    table,
    lacking: those.map(([right = '']) => right).join(', '),
  }));
  return [...groupBy(ofTables, ({ lacking }) => lacking)].map(
    ([lacking, those]) => `${lacking} ON ${those.map(({ table }) => table).join(', ')}`,
  );
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

async function answered(about: string, look: () => Promise<readonly Remark[]>): Promise<readonly Remark[]> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    const { what, next } = partSentence(error.message);
    return [failure(about, what, next)];
  }
}

const DEFAULT_STEP =
  '"smtp-validate-cron config print --origin" shows which database is meant, and where that is said.';
const WHAT_AND_NEXT = /^(.*?(?:\)|yet|migrated them)); (?:nothing was done\. )?(.*?)(?:; nothing .*)?$/s;

/** Parts a sentence of the store into what happened and what to do; what becomes of a cycle is of no interest here. */
export function partSentence(message: string): { readonly what: string; readonly next: string } {
  const [, what = message, next] = WHAT_AND_NEXT.exec(message) ?? [];
  return {
    what,
    next: next === undefined ? DEFAULT_STEP : `${next.charAt(0).toUpperCase()}${next.slice(1)}.`,
  };
}
