// The commands `pause`, `resume` and `pauses`. Where pauses are kept is store/pauses.ts; how a cycle that runs heeds
// them, cycle/pause-watch.ts.

import { userInfo } from 'node:os';
import { cleanLine } from '../domain/clean-text.ts';
import {
  type Pause,
  type PauseKind,
  type PauseSubject,
  destinationCalled,
  subjectName,
} from '../domain/pause.ts';
import type { DestinationPolicies } from '../domain/destination-policy.ts';
import { PROVIDERS } from '../domain/providers.ts';
import { localStamp } from '../platform/clock.ts';
import { loadConfig } from '../platform/config.ts';
import { EXIT, OperationalError } from '../platform/operational-error.ts';
import type { Store } from '../store/store.ts';
import { widthOf, wrap } from './columns.ts';
import { openPreparedStore } from './open-configured-store.ts';
import { jsonText, printLine, say } from './output.ts';
import { loadPolicies } from './policies.ts';

/** As wide as its column in svc_pause. */
const MAX_REASON = 500;
const MAX_NAME = 190;
const INDENT = '  ';

export interface PauseTarget {
  readonly kind: PauseKind;
  readonly name: string | undefined;
  readonly isJson: boolean;
}

export interface PauseOptions extends PauseTarget {
  readonly forMs: number | undefined;
  readonly reason: string | undefined;
}

/** Pauses it, and says what that does; exits 1 when there is no such list. */
export async function pauseCommand(options: PauseOptions): Promise<number> {
  const config = loadConfig({ cwd: process.cwd() });
  const subject = subjectOf('pause', options, config.serverId, await loadPolicies());
  await using store = await openPreparedStore(config);
  const isDone = await store.pause({
    ...subject,
    by: cleanLine(`${userInfo().username}@${config.serverId}`, MAX_NAME),
    reason: options.reason === undefined ? undefined : cleanLine(options.reason, MAX_REASON),
    seconds: options.forMs === undefined ? undefined : Math.ceil(options.forMs / 1000),
  });
  if (!isDone) {
    say(`pause: there is no list ${subject.name} in csv_list; nothing was changed`);
    return EXIT.incomplete;
  }
  const made = (await store.pauses()).find(
    ({ kind, name }) => kind === subject.kind && name === subject.name,
  );
  if (made === undefined) throw new Error(`${subjectName(subject)} was paused, and is not`);
  await printLine(
    options.isJson
      ? jsonText(pauseDocument(made))
      : `Paused: ${subjectName(made)} ${untilWords(made)}.\n${EFFECTS[made.kind]}`,
  );
  if (made.kind === 'server') await doubtServer(store, made.name);
  return EXIT.done;
}

/** Says so where nobody has heard of that server: it may be to come, or misspelt. */
async function doubtServer(store: Pick<Store, 'readFigures'>, name: string): Promise<void> {
  const known = (await store.readFigures()).servers.map(({ server }) => server);
  if (known.includes(name)) return;
  const others = known.length === 0 ? 'none is known so far' : `known are ${known.join(', ')}`;
  say(`pause: no server ${name} has worked on this database; ${cleanLine(others, 200)}`);
}

/** Ends a pause; exits 1 when there was none. */
export async function resumeCommand(target: PauseTarget): Promise<number> {
  const config = loadConfig({ cwd: process.cwd() });
  const subject = subjectOf('resume', target, config.serverId, await loadPolicies());
  await using store = await openPreparedStore(config);
  const isDone = await store.resume(subject);
  if (target.isJson) await printLine(jsonText({ ...subject, resumed: isDone }));
  else if (isDone) await printLine(`Resumed: ${subjectName(subject)}. ${AFTERWARDS[subject.kind]}`);
  if (isDone) return EXIT.done;
  say(`resume: ${subjectName(subject)} was not paused; "smtp-validate-cron pauses" lists what is`);
  return EXIT.incomplete;
}

/** Lists what is paused. */
export async function pausesCommand({ isJson }: { readonly isJson: boolean }): Promise<number> {
  await using store = await openPreparedStore(loadConfig({ cwd: process.cwd() }));
  const pauses = await store.pauses();
  if (isJson) await printLine(jsonText({ pauses: pauses.map(pauseDocument) }));
  else if (pauses.length === 0) await printLine('Nothing is paused.');
  else
    for (const line of pauses.flatMap((pause) => pauseLines(pause, widthOf(process.stdout))))
      await printLine(line);
  return EXIT.done;
}

function subjectOf(
  command: 'pause' | 'resume',
  { kind, name }: Pick<PauseTarget, 'kind' | 'name'>,
  serverId: string,
  policies: DestinationPolicies,
): PauseSubject {
  if (kind === 'server') return { kind, name: serverCalled(command, name ?? serverId) };
  if (name === undefined) {
    throw new OperationalError(
      'USAGE',
      `${command} ${kind}: no ${NAMED_BY[kind]} given; expected one behind it`,
    );
  }
  if (kind === 'provider') {
    const destination = destinationCalled(name, policies);
    if (destination !== undefined && destination.length <= MAX_NAME) return { kind, name: destination };
    const known = PROVIDERS.map((provider) => provider.name).join(', ');
    throw new OperationalError(
      'USAGE',
      `${command} provider: ${JSON.stringify(name)} is none that is known; expected one of ${known}, or the name of a mail host`,
    );
  }
  if (!/^\d{1,10}$/.test(name)) {
    throw new OperationalError(
      'USAGE',
      `${command} ${kind}: ${JSON.stringify(name)} is no id; expected a whole number`,
    );
  }
  return { kind, name: String(Number(name)) };
}

function serverCalled(command: string, name: string): string {
  if (name !== '' && name.length <= MAX_NAME && cleanLine(name) === name) return name;
  throw new OperationalError(
    'USAGE',
    `${command} server: ${JSON.stringify(name)} cannot be the name of a server; expected a SERVER_ID`,
  );
}

const NAMED_BY = { list: 'id', user: 'id', provider: 'name' } as const;

const EFFECTS: Readonly<Record<PauseKind, string>> = {
  list: 'No server claims rows of it any more; what is in flight ends within seconds.',
  user: 'No server claims rows of this user any more; what is in flight ends within\nseconds.',
  provider:
    'No server opens a session there any more; what is in flight ends within\nseconds, and its rows wait.',
  server:
    'It claims nothing any more; a cycle that runs there ends within seconds, and\nother servers go on.',
};

const AFTERWARDS: Readonly<Record<PauseKind, string>> = {
  list: 'The next claim takes its rows again.',
  user: 'The next claim takes rows of this user again.',
  provider: 'Its rows are taken again within five minutes.',
  server: 'Its next cycle works again.',
};

function untilWords({ until }: Pause): string {
  return until === undefined ? 'until it is resumed' : `until ${localStamp(until * 1000)}`;
}

/** What is paused, since when, until when, and by whom; below it why. None of the lines is wider than `width`. */
export function pauseLines(pause: Pause, width: number): readonly string[] {
  const { by, reason, since } = pause;
  const head = `${subjectName(pause)}: since ${localStamp(since * 1000)}, ${untilWords(pause)}, by ${by}`;
  const [first = '', ...more] = wrap(cleanLine(head), width - INDENT.length);
  const why = reason === undefined ? [] : wrap(cleanLine(reason), width - INDENT.length);
  return [first, ...[...more, ...why].map((line) => INDENT + line)];
}

/** The same for programs. */
export function pauseDocument({ kind, name, since, until, by, reason }: Pause): object {
  const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
  return {
    kind,
    name,
    since: iso(since),
    until: until === undefined ? null : iso(until),
    by,
    reason: reason ?? null,
  };
}
