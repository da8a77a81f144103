// The time that a host names when it asks us to come back: "Greylisted for 300 seconds", "00:05:00", "15min".

// Hours, minutes, seconds by the clock (milter-greylist), or a number with its unit, after a word that makes
// it a wait: "at most 60 messages in 10 minutes" is none.
const BY_CLOCK = /\b(\d{1,2}):(\d{2}):(\d{2})\b/u;
const BEFORE = String.raw`(?:\b(?:in|for|after|wait|another|least|next|about|within|until)\b|greylist\w*|graylist\w*|retry|:)`;
const UNIT = String.raw`(s|secs?|seconds?|sek\w*|m|mins?|minut\w*|h|hrs?|hours?|stunden?)\b`;
const BY_UNIT = new RegExp(
  String.raw`${BEFORE}[^\d.;]{0,20}(\d{1,5}) ?${UNIT}|\b(\d{1,5}) ?${UNIT} (?:later|from now|and (?:re)?try|before)`,
  'u',
);

/** Gives the seconds that `words` (lower case) ask us to wait, or undefined when they name no time. Unbounded. */
export function waitHintSeconds(words: string): number | undefined {
  const [, hours, minutes, seconds] = BY_CLOCK.exec(words) ?? [];
  if (hours !== undefined) return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);

  const [, before, beforeUnit, after, afterUnit] = BY_UNIT.exec(words) ?? [];
  const [count, unit] = [before ?? after, beforeUnit ?? afterUnit];
  return count === undefined || unit === undefined ? undefined : Number(count) * secondsIn(unit);
}

function secondsIn(unit: string): number {
  if (unit.startsWith('h') || unit.startsWith('st')) return 3600;
  return unit.startsWith('m') ? 60 : 1;
}
