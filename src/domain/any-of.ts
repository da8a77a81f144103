// Joins alternatives into one pattern, so that a table of rules can have them a line each.

/** Gives the pattern that matches where any of `alternatives` does; flags of theirs other than `u` are not kept. */
export function anyOf(...alternatives: readonly (RegExp | string)[]): RegExp {
  return new RegExp(joined(alternatives), 'u');
}

/** The same, whatever the case of letters. */
export function anyOfIgnoringCase(...alternatives: readonly (RegExp | string)[]): RegExp {
  return new RegExp(joined(alternatives), 'iu');
}

function joined(alternatives: readonly (RegExp | string)[]): string {
  return alternatives.map((part) => (typeof part === 'string' ? part : part.source)).join('|');
}
