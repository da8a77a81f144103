// How often a session with a destination may begin: a bucket of sessions that fills by one in so many seconds, up to a
// burst. Pure; times are milliseconds on any one clock.

import type { DestinationPolicy } from './destination-policy.ts';

export interface SessionPace {
  /** Sessions that might have begun at `at`; parts of one count. */
  readonly sessions: number;
  readonly at: number;
}

type PacePolicy = Pick<DestinationPolicy, 'secondsBetweenSessions' | 'burstSessions'>;

/** The pace of a destination where nobody was for a while. */
export function freshPace({ burstSessions }: PacePolicy): SessionPace {
  return { sessions: burstSessions, at: 0 };
}

/** Sessions that may begin now; without a pace there is always one. */
export function sessionsReady(
  { sessions, at }: SessionPace,
  { secondsBetweenSessions, burstSessions }: PacePolicy,
  now: number,
): number {
  if (secondsBetweenSessions === 0) return Infinity;
  return Math.min(sessions + Math.max(now - at, 0) / (secondsBetweenSessions * 1000), burstSessions);
}

/** The pace after a session began. */
export function sessionBegins(pace: SessionPace, policy: PacePolicy, now: number): SessionPace {
  if (policy.secondsBetweenSessions === 0) return pace;
  return { sessions: sessionsReady(pace, policy, now) - 1, at: now };
}
