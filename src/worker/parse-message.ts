// The door between parent and worker: what arrives over IPC becomes a message, or is refused as a whole.
// Each table must name every field of its type, or it does not compile; what a check is stands in checks.ts.
// Says nothing about whether a message makes sense at this moment: its reader does.

import type { CatchAll } from '../domain/catch-all.ts';
import type { Complaint } from '../domain/complaint.ts';
import type { PolicyOverride } from '../domain/destination-policy.ts';
import type { FailureObservation, Observation } from '../domain/observation.ts';
import type { Reason } from '../domain/reason.ts';
import type { RedactPolicy } from '../domain/redact.ts';
import type { Result } from '../domain/result.ts';
import type { MxHost, Route } from '../domain/route.ts';
import type { ProbeRow, Target } from '../domain/row.ts';
import { NO_OUTCOMES, type Outcome, type Verdict } from '../domain/verdict.ts';
import type { ProxySetting } from '../platform/proxy-setting.ts';
import type { Redaction } from '../platform/redaction.ts';
import {
  amount,
  atTheDoor,
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
import type { Assignment, FromWorker, ProbeSettings, Slice, ToWorker } from './messages.ts';

/** Gives the message, or throws IPC_MALFORMED that names the first place where it is none. */
export function parseToWorker(value: unknown): ToWorker {
  return atTheDoor(TO_WORKER, value);
}

/** Gives the message, or throws IPC_MALFORMED that names the first place where it is none. */
export function parseFromWorker(value: unknown): FromWorker {
  return atTheDoor(FROM_WORKER, value);
}

const reason: Check<Reason> = (value) =>
  typeof value === 'string' && /^[a-z0-9-]+$/.test(value) ? (value as Reason) : refuse('a reason', value);

const VERDICT = oneOf<Verdict>('valid', 'invalid', 'catch-all', 'disposable', 'unknown');
const OUTCOME = oneOf<Outcome>(...(Object.keys(NO_OUTCOMES) as Outcome[]));
const CATCH_ALL = oneOf<CatchAll>('yes', 'no', 'unknown');

const STAGE = oneOf<Observation['stage']>(
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

const NO_HOSTS = shape<FailureObservation>({
  type: typed('failure'),
  stage: STAGE,
  failure: FAILURE,
  host: optional(text),
  ip: optional(text),
  detail: optional(text),
});

const ROUTE = variants<Route>({
  hosts: shape({
    type: typed('hosts'),
    hosts: listOf(shape<MxHost>({ name: text, ips: optional(listOf(text)) })),
    destination: text,
  }),
  none: shape({ type: typed('none'), observed: NO_HOSTS }),
});

const RESULT = shape<Result>({
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
  mailbox: shape({ type: typed('mailbox'), address: shape({ local: text, domain: text }) }),
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
const SLICE: Check<Slice> = (value) => {
  const slice = SLICE_SHAPE(value);
  for (const { target } of slice.rows) {
    if (target.type === 'mailbox' && !Object.hasOwn(slice.routes, target.address.domain)) {
      return refuse(`a route for ${target.address.domain}`, undefined, '.routes');
    }
  }
  return slice;
};

const PROXY = shape<ProxySetting>({
  host: text,
  port: count,
  login: optional(shape({ user: text, password: text })),
});

const POLICY = shape<PolicyOverride>({
  of: text,
  kind: oneOf('provider', 'suffix', 'host'),
  connections: optional(count),
  recipientsPerSession: optional(count),
  secondsBetweenSessions: optional(amount),
  probe: optional(oneOf('always', 'never')),
});

const COMPLAINT = shape<Complaint>({
  type: oneOf('block', 'throttle'),
  stage: STAGE,
  code: count,
  host: optional(text),
  domain: optional(text),
  said: text,
  waitSeconds: optional(amount),
  isAfterAnswers: flag,
});

const TO_WORKER = variants<ToWorker>({
  settings: shape({
    type: typed('settings'),
    settings: shape<ProbeSettings>({
      ehloName: text,
      mailFrom: text,
      port: count,
      replyTimeoutMs: amount,
      connectTimeoutMs: amount,
      sessionDeadlineMs: amount,
      dnsServers: listOf(text),
      allowPrivateMx: flag,
      ipFamily: oneOf('4', '6', 'any'),
      localAddress: optional(text),
      proxy: optional(PROXY),
      proxyRoutes: recordOf<ProxySetting | 'direct'>((value) => (value === 'direct' ? value : PROXY(value))),
      controlKey: text,
      retryDelaysSeconds: listOf(amount),
      maxSessions: count,
      policies: listOf(POLICY),
    }),
  }),
  begin: shape({
    type: typed('begin'),
    assignment: shape<Assignment>({
      cycleId: text,
      server: text,
      userId: integer,
      workerId: count,
      batchFile: text,
      logFile: optional(text),
      redaction: optional(
        shape<Redaction>({ policy: oneOf<RedactPolicy>('none', 'mask', 'hash'), key: text }),
      ),
    }),
  }),
  slice: shape({ type: typed('slice'), slice: SLICE }),
  yield: shape({ type: typed('yield') }),
  relieve: shape({ type: typed('relieve') }),
  leave: shape({ type: typed('leave'), destination: text }),
  finish: shape({ type: typed('finish') }),
});

const FROM_WORKER = variants<FromWorker>({
  ready: shape({ type: typed('ready') }),
  alive: shape({ type: typed('alive') }),
  draining: shape({ type: typed('draining') }),
  results: shape({
    type: typed('results'),
    sliceId: count,
    results: listOf(RESULT),
    catchAll: recordOf(CATCH_ALL),
    settled: listOf(text),
  }),
  complaint: shape({ type: typed('complaint'), destination: text, complaint: COMPLAINT }),
  'slice-done': shape({ type: typed('slice-done'), sliceId: count, unstarted: listOf(integer) }),
  'handed-on': shape({
    type: typed('handed-on'),
    slices: listOf(shape({ sliceId: count, unstarted: listOf(integer), destinations: listOf(text) })),
  }),
  finished: shape({ type: typed('finished'), processed: count }),
  failed: shape({ type: typed('failed'), code: text, message: text }),
});
