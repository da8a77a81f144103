// What will happen next to a list that is not finished, and when: the last part of what why.ts tells. Pure.

import { roughly } from './amounts.ts';
import { isBlocking } from './eta.ts';
import type { ListRows } from './figures.ts';
import { whoComes } from './missed-cycles.ts';
import { haltOf, least, most, type Told } from './why-facts.ts';

/** Gives the sentences in order. */
export function nextOf(told: Told): readonly string[] {
  const { rows, overview, view, user, showTime } = told;
  const { list } = rows;
  if (list.pending === 0) {
    return list.status === 'pending' && list.valid + list.invalid + list.unknown === 0
      ? [
          'It is probably being imported. A list that stays without rows for ten minutes is marked completed by the next cycle.',
        ]
      : ['The next cycle marks it completed; cron starts one each minute.'];
  }
  if (rows.groups.length > 0 && rows.groups.every(({ state }) => state === 'ownerless'))
    return ['Nothing, before it is said whose they are.'];
  const next: string[] = [];
  const halt = haltOf(told);
  if (halt !== undefined)
    next.push(
      `Nothing more of it is asked about before ${isHaltTold(rows) ? 'that is over' : `this is over: ${halt}`}.`,
    );
  else if (!overview.isAtWork) next.push(whoComes(overview));
  else if (view !== undefined && view.main > 0 && view.mainSeconds !== undefined)
    next.push(
      `At the speed of the last five minutes all that is not put off will have been asked about in ${roughly(view.mainSeconds)}${view.isBound ? ' at the latest' : ''}.`,
    );
  else if (view !== undefined && view.main > 0)
    next.push('The work has only begun: it is too early to say how long it takes.');
  const waiting = rows.groups.filter(({ state }) => state === 'put-off');
  const first = waiting.reduce<number | undefined>((due, group) => least(due, group.firstDue), undefined);
  const last = waiting.reduce<number | undefined>((due, group) => most(due, group.lastDue), undefined);
  if (first !== undefined && last !== undefined) {
    next.push(
      halt !== undefined
        ? 'What waits is asked about again when it is due, but not before that either.'
        : first === last
          ? `What waits is asked about again at ${showTime(first)}; a host may put it off once more, for three days at most in all.`
          : `What waits is asked about again between ${showTime(first)} and ${showTime(last)}; a host may put rows off once more, for three days at most in all. So the list is completed at ${showTime(last)} at the earliest.`,
    );
  }
  if (
    user !== undefined &&
    rows.groups.some(({ state, reason }) => state === 'put-off' && isBlocking(reason))
  )
    next.push(
      'What hosts refuse us for does not settle by itself: those rows end as unknown unless it is mended.',
    );
  return next;
}

/** The parts of what could be claimed say what is in the way. */
function isHaltTold({ groups }: ListRows): boolean {
  return groups.some(({ state }) => state === 'due' || state === 'fresh');
}
