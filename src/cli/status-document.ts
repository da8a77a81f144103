// `status` as one JSON document: first the keys that operators' scripts know, as numbers, then ours. Times are seconds
// since 1970 on the database's clock, null stands for what is not known.

import type { Pace } from '../domain/pace.ts';
import type { Outlook } from '../domain/user-view.ts';
import type { LockState } from '../files/lock-holder.ts';
import type { StatusFacts } from './status-view.ts';

/** `openBatches`: batches that workers of this server have in hand. */
export function statusDocument(facts: StatusFacts, openBatches: number): object {
  const { overview, lock, missedSeconds, database, ownerless, hasMoreLists } = facts;
  const { lastFiveMinutes, lastHour, users, servers } = overview;
  return {
    timestamp: overview.readAt,
    system_stats: {
      users: users.length,
      active_users: users.filter(({ workers }) => workers > 0).length,
      lists: users.reduce((sum, { lists }) => sum + lists.length, 0),
      total_emails: overview.total,
      processed_emails: overview.decided,
      ...left(overview),
      ownerless_emails: ownerless.rows,
    },
    user_stats: users.map((user) => ({
      user_id: user.userId,
      share: user.share,
      workers: user.workers,
      emails_per_minute: rounded(user.decidedPerMinute),
      waited_seconds: user.waitedSeconds ?? null,
      is_paused: user.isPaused ? 1 : 0,
      lists: user.lists.length,
      total_emails: user.total,
      processed_emails: user.decided,
      ...left(user),
    })),
    csv_stats: users.flatMap(({ userId, lists }) =>
      lists.map(({ list, halt, ...outlook }) => ({
        id: list.listId,
        user_id: userId,
        list_name: list.name ?? null,
        status: list.status,
        halt: halt ?? null,
        total_emails: list.total,
        valid_count: list.valid,
        invalid_count: list.invalid,
        unknown_count: list.unknown,
        processed_emails: outlook.decided,
        ...left(outlook),
      })),
    ),
    workers: overview.workers,
    batches: openBatches,
    speed: rounded(lastFiveMinutes.decidedPerMinute),

    database,
    lock: lockDocument(lock),
    is_cycle_overdue: missedSeconds === undefined ? 0 : 1,
    no_cycle_for_seconds: missedSeconds === Infinity ? null : (missedSeconds ?? null),
    servers: servers.map(({ isAlive, isSilent, ...server }) => ({
      server: server.server,
      state: isSilent ? 'silent' : server.state,
      is_alive: isAlive,
      cycle: server.cycleId,
      began_at: server.beganAt,
      seen_at: server.seenAt,
      workers: server.workers,
      pool_size: server.poolSize,
      emails_in_hand: server.rowsInHand,
    })),
    pace: { last_5_minutes: paceDocument(lastFiveMinutes), last_hour: paceDocument(lastHour) },
    waiting: overview.reasons.map(({ reason, rows, firstDue, lastDue }) => ({
      reason: reason ?? null,
      emails: rows,
      first_due_at: firstDue,
      last_due_at: lastDue,
    })),
    troubles: overview.troubles.map(({ destination, reason, rows, firstDue, lastDue }) => ({
      destination,
      reason,
      emails: rows,
      first_due_at: firstDue,
      last_due_at: lastDue,
    })),
    resting: overview.closed.map(({ destination, server, closure }) => ({
      destination,
      server,
      closed_by: closure?.type ?? null,
      until: overview.readAt + Math.max(closure?.secondsLeft ?? 0, 0),
      said: closure?.said ?? null,
    })),
    pauses: overview.pauses.map(({ kind, name, since, until, by, reason }) => ({
      kind,
      name,
      since,
      until: until ?? null,
      by,
      reason: reason ?? null,
    })),
    /** True where `waiting` and `troubles` are of some of the rows that wait. */
    is_sample: overview.isSample,
    ownerless_is_capped: ownerless.isCapped,
    has_more_lists: hasMoreLists,
  };
}

/** What is left, and when it will be done. */
function left(outlook: Outlook): object {
  const { main, paused, inHand, tail, tailUntil, blocked, isMainAbout, mainSeconds, isBound } = outlook;
  return {
    pending_emails: main + paused + tail + blocked,
    to_ask: main,
    in_hand: inHand,
    to_retry: tail,
    retry_until: tailUntil ?? null,
    blocked,
    paused,
    is_about: isMainAbout,
    ready_in_seconds: mainSeconds ?? null,
    ready_at_the_latest: isBound,
  };
}

function paceDocument({ seconds, counts, decidedPerMinute, answeredPerMinute }: Pace): object {
  return {
    seconds,
    emails_per_minute: rounded(decidedPerMinute),
    answers_per_minute: rounded(answeredPerMinute),
    ...counts,
  };
}

function lockDocument(lock: LockState): object {
  if (lock.type === 'free') return { state: 'free' };
  const { holder, process, refreshedAt } = lock;
  return {
    state: process === 'gone' ? 'left-behind' : 'held',
    pid: holder?.pid ?? null,
    host: holder?.host ?? null,
    cycle: holder?.cycle ?? null,
    started_at: holder?.startedAt ?? null,
    refreshed_at: Math.round(refreshedAt / 1000),
  };
}

function rounded(perMinute: number): number {
  return Math.round(perMinute * 10) / 10;
}
