// Guesses which common mail domain was meant by one that looks like a slip of the fingers: gmial.com, hotmail.con,
// yaho.com. A guess and no more: other people own such names, and some of them take mail.

import { COMMON_DOMAINS, isFreeDomain } from './free-providers.ts';
import { Memory } from './memory.ts';

/** A name of fewer letters is near too many honest ones. */
const SHORTEST_FOR_ONE_SLIP = 5;
const SHORTEST_FOR_TWO_SLIPS = 7;
/** `.co` is near `.com`, but `.de` is near everything of two letters. */
const SHORTEST_ENDING = 3;

const TARGETS = COMMON_DOMAINS.map((domain) => ({ domain, ...parted(domain) }));

/**
 * Gives the common domain that `domain` (lower case) likely was meant to be, or undefined. Its name may be off by a
 * letter, or two when it is long, its ending by one, both together by two. A slip is a letter left out, added,
 * changed, or two swapped (Damerau). Never for a domain that is itself a provider's. Of several the nearest, then
 * the most used.
 */
export function likelyMeant(domain: string): string | undefined {
  return remembered.recall(domain, () => nearestTo(domain));
}

// Rows come by their domains.
const remembered = new Memory<string | undefined>(500);

function nearestTo(domain: string): string | undefined {
  if (isFreeDomain(domain)) return undefined;
  const { name, ending } = parted(domain);
  let nearest: { readonly domain: string; readonly distance: number } | undefined;
  for (const target of TARGETS) {
    const distance = distanceTo(target, name, ending);
    if (distance !== undefined && distance < (nearest?.distance ?? Infinity)) {
      nearest = { domain: target.domain, distance };
    }
  }
  return nearest?.domain;
}

function distanceTo(
  target: { readonly name: string; readonly ending: string },
  name: string,
  ending: string,
): number | undefined {
  const inEnding = slips(ending, target.ending, target.ending.length >= SHORTEST_ENDING ? 1 : 0);
  if (inEnding === undefined) return undefined;
  const mostInName = Math.min(2 - inEnding, mostSlips(target.name));
  const inName = slips(name, target.name, mostInName);
  if (inName === undefined || (inName > 0 && !beginsAlike(name, target.name))) return undefined;
  return inName + inEnding;
}

function mostSlips({ length }: string): number {
  if (length >= SHORTEST_FOR_TWO_SLIPS) return 2;
  return length >= SHORTEST_FOR_ONE_SLIP ? 1 : 0;
}

// Few slip at the first letter, and many honest names differ in it alone (email, fmail, ymail). Swapped counts.
function beginsAlike(name: string, target: string): boolean {
  return name[0] === target[0] || (name[0] === target[1] && name[1] === target[0]);
}

function parted(domain: string): { readonly name: string; readonly ending: string } {
  const dot = domain.indexOf('.');
  return { name: domain.slice(0, dot), ending: domain.slice(dot + 1) };
}

/** The optimal string alignment distance, or undefined when it is more than `most`. */
function slips(a: string, b: string, most: number): number | undefined {
  if (a === b) return 0;
  if (most === 0 || Math.abs(a.length - b.length) > most) return undefined;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, place) => place);
  for (let i = 1; i <= a.length; i++) {
    const now = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let least = Math.min(last[j]! + 1, now[j - 1]! + 1, last[j - 1]! + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, before[j - 2]! + 1);
      }
      now.push(least);
    }
    [before, last] = [last, now];
  }
  return last[b.length]! <= most ? last[b.length] : undefined;
}
