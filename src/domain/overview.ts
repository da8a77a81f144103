// What the figures come to for whoever looks: servers that live, how fast it goes, each user and list with what is done
// and when the rest will be, and which hosts give trouble. Pure; status, reports and the dashboard show it each in
// its own way.

import { secondsFor, type WaitingReason } from './eta.ts';
import type { Figures, PacePart, ServerFigures, WaitingPart } from './figures.ts';
import { groupBy } from './group-by.ts';
import type { ServersDestination } from './known-destination.ts';
import { type Pace, paceOf, startOfMinute } from './pace.ts';
import type { Pause } from './pause.ts';
import { normalised, providerOf } from './providers.ts';
import { byReason, joined, sumOf, userViews, type Outlook, type UserView } from './user-view.ts';

const FIVE_MINUTES = 300;
const HOUR = 3_600;
/** A server at work is heard of every five seconds, or when a write of its own took longer. */
const SILENT_AFTER_SECONDS = 30;

export interface ServerView extends ServerFigures {
  /** At work, and heard of lately. */
  readonly isAlive: boolean;
  /** Said that it is at work, and was not heard of since. */
  readonly isSilent: boolean;
}

/** Hosts of one provider, or one host, that rows wait for. */
export interface Trouble extends WaitingReason {
  readonly destination: string;
  /** What most of the rows wait for. */
  readonly reason: string;
}

export interface Overview extends Outlook {
  readonly readAt: number;
  readonly servers: readonly ServerView[];
  /** True where a server at work was heard of lately. */
  readonly isAtWork: boolean;
  readonly workers: number;
  readonly lastFiveMinutes: Pace;
  readonly lastHour: Pace;
  readonly users: readonly UserView[];
  /** Why rows wait, most rows first. */
  readonly reasons: readonly WaitingReason[];
  readonly troubles: readonly Trouble[];
  /** True where reasons and troubles are of some of the rows that wait. */
  readonly isSample: boolean;
  /** Destinations that servers leave alone now. */
  readonly closed: readonly ServersDestination[];
  /** What operators have paused. */
  readonly pauses: readonly Pause[];
}

export function overviewOf(figures: Figures): Overview {
  const servers = figures.servers.map((server) => viewOf(server, figures.readAt));
  const lastFiveMinutes = paceOf(figures, FIVE_MINUTES);
  const lastHour = paceOf(figures, HOUR);
  const isAtWork = servers.some(({ isAlive }) => isAlive);
  const all = isAtWork ? lastFiveMinutes.answeredPerMinute || lastHour.answeredPerMinute : 0;
  const users = userViews(figures, livePace(figures.pace, servers), all);
  const whole = sumOf(users);
  return {
    readAt: figures.readAt,
    servers,
    isAtWork,
    workers: servers.reduce((sum, { isAlive, workers }) => sum + (isAlive ? workers : 0), 0),
    lastFiveMinutes,
    lastHour,
    users: users.toSorted((a, b) => b.workers - a.workers),
    reasons: byReason(figures.waiting.parts),
    troubles: troublesIn(figures.waiting.parts),
    isSample: figures.waiting.isSample,
    closed: figures.closed,
    pauses: figures.pauses,
    ...whole,
    mainSeconds: secondsFor(whole.main, all),
  };
}

function viewOf(server: ServerFigures, readAt: number): ServerView {
  const isAtWork = server.state === 'working' || server.state === 'stopping';
  const isHeard = readAt - server.seenAt <= SILENT_AFTER_SECONDS;
  return { ...server, isAlive: isAtWork && isHeard, isSilent: isAtWork && !isHeard };
}

/** What servers that live said of users in the minute in which they were last heard of. */
function livePace(pace: readonly PacePart[], servers: readonly ServerView[]): readonly PacePart[] {
  const minutes = new Map(
    servers.filter(({ isAlive }) => isAlive).map(({ server, seenAt }) => [server, startOfMinute(seenAt)]),
  );
  return pace.filter(({ server, startsAt }) => minutes.get(server) === startsAt);
}

// What a host says of one mailbox, or to whoever comes for the first time, is no trouble of the host's or ours.
const NO_TROUBLE: ReadonlySet<string | undefined> = new Set([
  undefined,
  'greylisted',
  'mailbox-full',
  'domain-not-served',
  'ambiguous-reply',
]);

function troublesIn(parts: readonly WaitingPart[]): readonly Trouble[] {
  const troubled = parts.filter(({ mx, reason }) => mx !== undefined && !NO_TROUBLE.has(reason));
  return [...groupBy(troubled, ({ mx }) => providerOf(mx!)?.name ?? normalised(mx!))]
    .map(([destination, of]): Trouble => {
      const reasons = byReason(of);
      const { rows, firstDue, lastDue } = reasons.reduce(joined);
      return { destination, reason: reasons[0]!.reason!, rows, firstDue, lastDue };
    })
    .toSorted((a, b) => b.rows - a.rows);
}
