// What a value that comes from another process has to be, put together from small checks, without a package: a worker
// carries none. A check gives the value itself back and copies nothing, so that what fits costs next to nothing.
// Which messages there are is parse-message.ts.

import { OperationalError } from '../platform/operational-error.ts';

/** Gives the value back as what it was found to be; throws a Misfit where it is something else. */
export type Check<T> = (value: unknown) => T;

/** What does not fit; where it stands is added on the way out, so that what fits pays nothing for it. */
class Misfit extends Error {
  readonly expected: string;
  readonly value: unknown;
  place: string;

  constructor(expected: string, value: unknown, place: string) {
    super(expected);
    this.expected = expected;
    this.value = value;
    this.place = place;
  }
}

/** Gives what was checked; IPC_MALFORMED names the first place that does not fit. */
export function atTheDoor<T>(check: Check<T>, value: unknown): T {
  try {
    return check(value);
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    const found =
      error.value === undefined
        ? 'nothing'
        : (JSON.stringify(error.value)?.slice(0, 60) ?? typeof error.value);
    throw new OperationalError(
      'IPC_MALFORMED',
      `a message over IPC is not understood: message${error.place} should be ${error.expected} and is ${found}`,
    );
  }
}

/** What a check does with what does not fit; `place` within it, where that is not the whole: `.routes`. */
export function refuse(expected: string, value: unknown, place = ''): never {
  throw new Misfit(expected, value, place);
}

function refuseAt(place: string, error: unknown): never {
  if (error instanceof Misfit) error.place = place + error.place;
  throw error;
}

export const text: Check<string> = (value) => (typeof value === 'string' ? value : refuse('a string', value));
export const flag: Check<boolean> = (value) =>
  typeof value === 'boolean' ? value : refuse('true or false', value);
export const count: Check<number> = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? value
    : refuse('a whole number', value);
export const integer: Check<number> = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) ? value : refuse('an integer', value);
export const amount: Check<number> = (value) =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0
    ? value
    : refuse('a number of 0 or more', value);

export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value) => (value === undefined ? undefined : check(value));
}

export function oneOf<T extends string>(...words: readonly T[]): Check<T> {
  return (value) => (words.includes(value as T) ? (value as T) : refuse(words.join(' or '), value));
}

export function listOf<T>(check: Check<T>): Check<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) return refuse('a list', value);
    let at = 0;
    try {
      for (; at < value.length; at++) check(value[at]);
    } catch (error) {
      refuseAt(`[${at}]`, error);
    }
    return value;
  };
}

export function recordOf<T>(check: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value) => {
    if (!isObject(value)) return refuse('an object', value);
    let at = '';
    try {
      for (at of Object.keys(value)) check(value[at]);
    } catch (error) {
      refuseAt(`.${at}`, error);
    }
    return value as Record<string, T>;
  };
}

export function shape<T>(fields: { readonly [Name in keyof T]-?: Check<T[Name]> }): Check<T> {
  const names = Object.keys(fields);
  const checks = Object.values(fields) as Check<unknown>[];
  return (value) => {
    if (!isObject(value)) return refuse('an object', value);
    let at = 0;
    try {
      for (; at < names.length; at++) checks[at]!(value[names[at]!]);
    } catch (error) {
      refuseAt(`.${names[at]!}`, error);
    }
    return value as T;
  };
}

/** A union told apart by `type`. */
export function variants<T extends { readonly type: string }>(table: {
  readonly [Type in T['type']]: Check<Extract<T, { readonly type: Type }>>;
}): Check<T> {
  const checks = new Map(Object.entries(table) as [string, Check<T>][]);
  return (value) => {
    const check =
      isObject(value) && typeof value['type'] === 'string' ? checks.get(value['type']) : undefined;
    return check === undefined
      ? refuse(`one of the types ${[...checks.keys()].join(', ')}`, value)
      : check(value);
  };
}

export function typed<const T extends string>(type: T): Check<T> {
  return oneOf(type);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
