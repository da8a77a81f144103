// A length of time as people say it.

/** Gives `seconds` in whole seconds, minutes, hours or days, rounded up: `45 s`, `12 min`, `5 h`, `3 d`. */
export function inWords(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  if (seconds < 6_000) return `${Math.ceil(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.ceil(seconds / 3_600)} h` : `${Math.ceil(seconds / 86_400)} d`;
}
