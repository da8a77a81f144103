// Joins alternatives into one pattern, so that a table of rules can have them a line each.

/** Gives the pattern that matches where any of `alternatives` does; flags of theirs other than `u` are not kept. */
export function anyOf(...alternatives: readonly (RegExp | string)[]): RegExp {
  return new RegExp(
    alternatives.map((part) => (typeof part === 'string' ? part : part.source)).join('|'),
    'u',
  );
}
