// The command `providers`: what each server knows of the destinations that it asks, and which of them an operator has paused. Reads
// the database and config/providers.json, and nothing else; everything that a host said is cleaned.

import { inWords } from '../domain/amounts.ts';
import { cleanLine } from '../domain/clean-text.ts';
import type { DestinationPolicies } from '../domain/destination-policy.ts';
import type { KnownClosure, ServersDestination } from '../domain/known-destination.ts';
import { localStamp, systemClock } from '../platform/clock.ts';
import { loadConfig } from '../platform/config.ts';
import { EXIT } from '../platform/operational-error.ts';
import { besideEachOther, widthOf, wrap } from './columns.ts';
import { openPreparedStore } from './open-configured-store.ts';
import { jsonText, printLine, say } from './output.ts';
import { pauseDocument, pauseLines } from './pause.ts';
import { loadPolicies } from './policies.ts';

const MAX_SHOWN = 1_000;
const NOBODY =
  'No destination is known: no server has asked anybody within a week, or nobody\nanswered anything that is worth keeping.';

/** Prints a paragraph for each destination and server. */
export async function providersCommand(isJson: boolean): Promise<number> {
  const policies = await loadPolicies();
  await using store = await openPreparedStore(loadConfig({ cwd: process.cwd() }));
  const found = await store.loadDestinations(undefined, MAX_SHOWN + 1);
  const known = found.slice(0, MAX_SHOWN);
  const paused = (await store.pauses()).filter(({ kind }) => kind === 'provider');
  const now = systemClock.now();

  if (isJson) {
    const destinations = known.map((one) => documentOf(one, policies, now));
    const pauses = paused.map(pauseDocument);
    await printLine(jsonText({ destinations, more: found.length > MAX_SHOWN, pauses }));
    return EXIT.done;
  }
  const width = widthOf(process.stdout);
  if (paused.length > 0) {
    await printLine('Paused:');
    for (const line of paused.flatMap((pause) => pauseLines(pause, width - 2))) await printLine(`  ${line}`);
    await printLine('');
  }
  if (known.length === 0) await printLine(NOBODY);
  else for (const line of table(known, policies, now, width)) await printLine(line);
  if (found.length > MAX_SHOWN) say(`There are more; these are the first ${MAX_SHOWN}, by server and name.`);
  return EXIT.done;
}

const WIDTHS = [30, 14, 8, 8, 12];
const INDENT = '    ';

function table(
  known: readonly ServersDestination[],
  policies: DestinationPolicies,
  now: number,
  width: number,
): readonly string[] {
  // Who is left alone stands first: that is what somebody looks for.
  const inOrder = known.toSorted((a, b) => weight(b) - weight(a));
  return [
    ...besideEachOther(['Destination', 'Server', 'Now/max', 'Ceiling', 'Last heard'], WIDTHS),
    ...inOrder.flatMap((one) => [
      ...besideEachOther(
        [
          cleanLine(one.destination, 255),
          cleanLine(one.server, 128),
          `${connectionsNow(one)}/${policies.of(one.destination).window.max}`,
          one.ceiling === undefined || one.ceiling.secondsLeft <= 0 ? '-' : String(one.ceiling.limit),
          `${inWords(one.seenSecondsAgo)} ago`,
        ],
        WIDTHS,
      ),
      ...remarks(one, policies, now).flatMap((remark) =>
        wrap(remark, width - INDENT.length).map((line) => INDENT + line),
      ),
    ]),
  ];
}

function weight({ closure }: ServersDestination): number {
  if (closure === undefined) return 0;
  return closure.secondsLeft > 0 ? 2 : 1;
}

function connectionsNow({ limit, closure }: ServersDestination): number {
  if (closure === undefined) return limit;
  return closure.secondsLeft > 0 ? 0 : 1;
}

function remarks(one: ServersDestination, policies: DestinationPolicies, now: number): readonly string[] {
  const { isProbed } = policies.of(one.destination);
  return [
    ...(isProbed ? [] : ['never asked, by the choice in config/providers.json']),
    ...(one.closure === undefined ? [] : closureRemarks(one.closure, now)),
  ];
}

function closureRemarks(closure: KnownClosure, now: number): readonly string[] {
  const { type, said, secondsLeft, sinceSecondsAgo } = closure;
  const why = type === 'block' ? 'it blocks us' : 'it asks us to slow down';
  const since = `since ${localStamp(now - sinceSecondsAgo * 1000)}`;
  const state =
    secondsLeft > 0
      ? `left alone until ${localStamp(now + secondsLeft * 1000)} (${inWords(secondsLeft)}): ${why}, ${since}`
      : `on trial: ${why} ${since}; one connection is tried, and a good answer opens it again`;
  return [state, `it said: ${cleanLine(said, 300)}`];
}

function documentOf(one: ServersDestination, policies: DestinationPolicies, now: number): object {
  const { provider, window, manners, secondsBetweenSessions, isProbed } = policies.of(one.destination);
  const { closure, ceiling } = one;
  const iso = (inSeconds: number): string => new Date(now + inSeconds * 1000).toISOString();
  return {
    destination: one.destination,
    server: one.server,
    provider: provider ?? null,
    state: closure === undefined ? 'open' : closure.secondsLeft > 0 ? 'closed' : 'on-trial',
    connections: connectionsNow(one),
    max_connections: window.max,
    ceiling: ceiling === undefined || ceiling.secondsLeft <= 0 ? null : ceiling.limit,
    ceiling_until: ceiling === undefined || ceiling.secondsLeft <= 0 ? null : iso(ceiling.secondsLeft),
    recipients_per_session: manners.rcptsPerSession,
    seconds_between_sessions: secondsBetweenSessions,
    probe: isProbed ? 'always' : 'never',
    closed_by: closure?.type ?? null,
    closed_since: closure === undefined ? null : iso(-closure.sinceSecondsAgo),
    closed_until: closure === undefined ? null : iso(closure.secondsLeft),
    said: closure === undefined ? null : cleanLine(closure.said, 300),
    last_heard: iso(-one.seenSecondsAgo),
  };
}
