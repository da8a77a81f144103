// What rows, their routes and their results are when they come from another process. Each table must name every field of its
// type, or it does not compile; what a check is stands in checks.ts, which messages there are in parse-message.ts.

import type { CatchAll } from '../domain/catch-all.ts';
import type { FailureObservation, Observation, Reply, ReplyObservation } from '../domain/observation.ts';
import type { Reason } from '../domain/reason.ts';
import type { Result } from '../domain/result.ts';
import type { MxHost, Route } from '../domain/route.ts';
import type { ProbeRow, Target } from '../domain/row.ts';
import type { Trail } from '../domain/trail.ts';
import { NO_OUTCOMES, type Outcome, type Verdict } from '../domain/verdict.ts';
import {
  amount,
  type Check,
  count,
  flag,
  integer,
  listOf,
  oneOf,
  optional,
  recordOf,
  refuse,
  shape,
  text,
  typed,
  variants,
} from './checks.ts';
import type { Slice } from './messages.ts';

const reason: Check<Reason> = (value) =>
  typeof value === 'string' && /^[a-z0-9-]+$/.test(value) ? (value as Reason) : refuse('a reason', value);

const VERDICT = oneOf<Verdict>('valid', 'invalid', 'catch-all', 'disposable', 'unknown');
const OUTCOME = oneOf<Outcome>(...(Object.keys(NO_OUTCOMES) as Outcome[]));
export const CATCH_ALL = oneOf<CatchAll>('yes', 'no', 'unknown');

export const STAGE = oneOf<Observation['stage']>(
  'dns',
  'connect',
  'greeting',
  'ehlo',
  'starttls',
  'mail',
  'rcpt',
  'rset',
  'quit',
);
const FAILURE = oneOf<FailureObservation['failure']>(
  'timeout',
  'refused',
  'unreachable',
  'lost',
  'garbled',
  'dns-failure',
  'no-such-domain',
  'null-mx',
  'no-mail-host',
  'private-host',
);

const FAILED = shape<FailureObservation>({
  type: typed('failure'),
  stage: STAGE,
  failure: FAILURE,
  host: optional(text),
  ip: optional(text),
  detail: optional(text),
});

const REPLIED = shape<ReplyObservation>({
  type: typed('reply'),
  stage: STAGE,
  host: optional(text),
  ip: optional(text),
  reply: shape<Reply>({ code: count, enhanced: optional(text), text }),
});

export const TRAIL = shape<Trail>({
  evidence: variants<Observation>({ failure: FAILED, reply: REPLIED }),
  rank: count,
  evasions: count,
  deaths: count,
  transcript: listOf(text),
  ms: amount,
});

const ROUTE = variants<Route>({
  hosts: shape({
    type: typed('hosts'),
    hosts: listOf(shape<MxHost>({ name: text, ips: optional(listOf(text)) })),
    startsAt: optional(count),
    destination: text,
  }),
  none: shape({ type: typed('none'), observed: FAILED }),
});

export const RESULT = shape<Result>({
  id: integer,
  listId: optional(integer),
  email: text,
  status: OUTCOME,
  reason,
  code: optional(count),
  enhanced: optional(text),
  response: text,
  mx: optional(text),
  ip: optional(text),
  answered: flag,
  attempt: count,
  throttles: count,
  ms: amount,
  retryInSeconds: optional(amount),
  token: text,
  stage: optional(STAGE),
  failure: optional(FAILURE),
  rule: optional(text),
  text: optional(text),
  controlCode: optional(count),
  controlText: optional(text),
  knownCatchAll: optional(CATCH_ALL),
  refusedWithAll: optional((value) => (value === true ? value : refuse('true', value))),
  quotedSender: optional(text),
  transcript: optional(text),
  takenFrom: optional(shape({ rowId: integer, listId: optional(integer), at: optional(integer) })),
});

const TARGET = variants<Target>({
  mailbox: shape({
    type: typed('mailbox'),
    address: shape({ local: text, domain: text }),
    trail: optional(TRAIL),
  }),
  decided: shape({ type: typed('decided'), verdict: VERDICT, reason, response: text }),
  known: shape({ type: typed('known'), result: RESULT }),
});

const ROW = shape<ProbeRow>({
  id: integer,
  listId: optional(integer),
  email: text,
  attempts: count,
  throttles: count,
  token: text,
  target: TARGET,
});

const SLICE_SHAPE = shape<Slice>({
  sliceId: count,
  from: count,
  to: count,
  rows: listOf(ROW),
  routes: recordOf(ROUTE),
  catchAll: recordOf(CATCH_ALL),
});

// A row without a route could neither be probed nor be given back with a reason.
export const SLICE: Check<Slice> = (value) => {
  const slice = SLICE_SHAPE(value);
  for (const { target } of slice.rows) {
    if (target.type === 'mailbox' && !Object.hasOwn(slice.routes, target.address.domain)) {
      return refuse(`a route for ${target.address.domain}`, undefined, '.routes');
    }
  }
  return slice;
};
