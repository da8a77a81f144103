// Which destinations keep rows waiting that nobody was asked about: those that servers leave alone, since these block them or
// asked for it, and those that an operator paused. What a row waits for is not written down; what it may be follows from when it is
// due, or from the host that was asked last. Pure. Sentences hold words of hosts and people: whoever prints them cleans them.

import type { Overview } from './overview.ts';
import type { ShowTime } from './paragraph.ts';
import { normalised, providerOf } from './providers.ts';

/** A destination that nobody is asked at now. Times are seconds since 1970. */
export interface LeftAlone {
  readonly destination: string;
  readonly why: 'blocks' | 'throttles' | 'paused';
  /** Who leaves it alone; undefined where all do, since it is paused. */
  readonly server: string | undefined;
  readonly since: number;
  /** Undefined: until somebody resumes it. */
  readonly until: number | undefined;
  /** What the destination said, or for what it was paused. */
  readonly said: string | undefined;
  /** Who paused it. */
  readonly by: string | undefined;
}

type Known = Pick<Overview, 'closed' | 'pauses' | 'readAt'>;

/** A row is put off to the end of a closure, give or take the time until that is written. */
const SLACK_SECONDS = 30;

/** Those that rows due in this span, and not asked about, may have been put off for; the first to be over first. */
export function leftAloneUntil(
  known: Known,
  {
    firstDue = 0,
    lastDue = 0,
  }: { readonly firstDue: number | undefined; readonly lastDue: number | undefined },
): readonly LeftAlone[] {
  return allOf(known)
    .filter(
      // Rows of what is paused are put off again and again, by a few minutes.
      ({ why, until = Infinity }) =>
        why === 'paused' || (until >= firstDue - SLACK_SECONDS && until <= lastDue + SLACK_SECONDS),
    )
    .toSorted((a, b) => (a.until ?? Number.MAX_VALUE) - (b.until ?? Number.MAX_VALUE));
}

/** Those that this MX host belongs to. */
export function leftAloneWith(known: Known, mx: string): readonly LeftAlone[] {
  const host = normalised(mx);
  const provider = providerOf(host)?.name;
  return allOf(known).filter(
    ({ destination }) =>
      destination === host ||
      destination === provider ||
      (destination.startsWith('.') && `.${host}`.endsWith(destination)),
  );
}

const SAYS = {
  blocks: 'blocks us',
  throttles: 'asks us to slow down',
} as const;

/** What happens then to a destination that is left alone for its own sake. */
export const AFTERWARDS =
  'When that time is over, one connection is tried, and an answer about a mailbox opens the host again.';

/** Which destination it is, and since when and until when it is left alone. */
export function leftAloneSentence(one: LeftAlone, showTime: ShowTime): string {
  const { destination, why, server, since, until, said, by } = one;
  const end = until === undefined ? 'until somebody resumes it' : `until ${showTime(until)}`;
  if (why === 'paused') {
    const reason = said === undefined ? '' : ` (“${said}”)`;
    return `${destination} is paused ${end}, by ${by} since ${showTime(since)}${reason}: its rows are taken up again every few minutes, and asked about as soon as that is over.`;
  }
  return `${destination} ${SAYS[why]}: server ${server} leaves it alone since ${showTime(since)}, ${end}. It said: ${said}`;
}

function allOf({ closed, pauses, readAt }: Known): readonly LeftAlone[] {
  return [
    ...closed.flatMap(({ destination, server, closure }): LeftAlone[] => {
      if (closure === undefined) return [];
      const { type, said, sinceSecondsAgo, secondsLeft } = closure;
      const why = type === 'block' ? 'blocks' : 'throttles';
      const [since, until] = [readAt - sinceSecondsAgo, readAt + secondsLeft];
      return [{ destination, why, server, since, until, said, by: undefined }];
    }),
    ...pauses.flatMap(({ kind, name, since, until, by, reason }): LeftAlone[] =>
      kind === 'provider'
        ? [{ destination: name, why: 'paused', server: undefined, since, until, said: reason, by }]
        : [],
    ),
  ];
}
