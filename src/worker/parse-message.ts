// The door between parent and worker: what arrives over IPC becomes a message, or is refused as a whole.
// Checked by hand, since a worker carries no packages; each table must name every field of its type, or it
// does not compile. Says nothing about whether a message makes sense at this moment: its reader does.

import type { CatchAll } from '../domain/catch-all.ts';
import type { Complaint } from '../domain/complaint.ts';
import type { PolicyOverride } from '../domain/destination-policy.ts';
import type { FailureObservation, Observation } from '../domain/observation.ts';
import type { Reason } from '../domain/reason.ts';
import type { Result } from '../domain/result.ts';
import type { MxHost, Route } from '../domain/route.ts';
import type { ProbeRow, Target } from '../domain/row.ts';
import { NO_OUTCOMES, type Outcome, type Verdict } from '../domain/verdict.ts';
import { OperationalError } from '../platform/operational-error.ts';
import type { ProxySetting } from '../platform/proxy-setting.ts';
import type { Assignment, FromWorker, ProbeSettings, Slice, ToWorker } from './messages.ts';

/** Gives the message, or throws IPC_MALFORMED that names the first place where it is none. */
export function parseToWorker(value: unknown): ToWorker {
  return TO_WORKER(value, 'message');
}

/** Gives the message, or throws IPC_MALFORMED that names the first place where it is none. */
export function parseFromWorker(value: unknown): FromWorker {
  return FROM_WORKER(value, 'message');
}

/** Gives the value back as what it was found to be; `path` says where in the message it stands. */
type Check<T> = (value: unknown, path: string) => T;

const text: Check<string> = (value, path) =>
  typeof value === 'string' ? value : refuse(path, 'a string', value);
const flag: Check<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : refuse(path, 'true or false', value);
const count: Check<number> = (value, path) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? value
    : refuse(path, 'a whole number', value);
const integer: Check<number> = (value, path) =>
  typeof value === 'number' && Number.isSafeInteger(value) ? value : refuse(path, 'an integer', value);
const amount: Check<number> = (value, path) =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0
    ? value
    : refuse(path, 'a number of 0 or more', value);
const reason: Check<Reason> = (value, path) =>
  typeof value === 'string' && /^[a-z0-9-]+$/.test(value)
    ? (value as Reason)
    : refuse(path, 'a reason', value);

function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, path) => (value === undefined ? undefined : check(value, path));
}

function oneOf<T extends string>(...words: readonly T[]): Check<T> {
  return (value, path) => words.find((word) => word === value) ?? refuse(path, words.join(' or '), value);
}

function listOf<T>(check: Check<T>): Check<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) return refuse(path, 'a list', value);
    value.forEach((item, index) => check(item, `${path}[${index}]`));
    return value;
  };
}

function recordOf<T>(check: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value, path) => {
    if (!isObject(value)) return refuse(path, 'an object', value);
    for (const key of Object.keys(value)) check(value[key], `${path}.${key}`);
    return value as Record<string, T>;
  };
}

function shape<T>(fields: { readonly [Name in keyof T]-?: Check<T[Name]> }): Check<T> {
  const checks = Object.entries(fields) as [string, Check<unknown>][];
  return (value, path) => {
    if (!isObject(value)) return refuse(path, 'an object', value);
    for (const [name, check] of checks) check(value[name], `${path}.${name}`);
    return value as T;
  };
}

/** A union told apart by `type`. */
function variants<T extends { readonly type: string }>(table: {
  readonly [Type in T['type']]: Check<Extract<T, { readonly type: Type }>>;
}): Check<T> {
  const checks = new Map(Object.entries(table) as [string, Check<T>][]);
  return (value, path) => {
    const check =
      isObject(value) && typeof value['type'] === 'string' ? checks.get(value['type']) : undefined;
    return check === undefined
      ? refuse(path, `one of the types ${[...checks.keys()].join(', ')}`, value)
      : check(value, path);
  };
}

function typed<const T extends string>(type: T): Check<T> {
  return oneOf(type);
}

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
  refusedWithAll: optional((value, path) => (value === true ? value : refuse(path, 'true', value))),
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
const SLICE: Check<Slice> = (value, path) => {
  const slice = SLICE_SHAPE(value, path);
  for (const { target } of slice.rows) {
    if (target.type === 'mailbox' && !Object.hasOwn(slice.routes, target.address.domain)) {
      return refuse(`${path}.routes`, `a route for ${target.address.domain}`, undefined);
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
      proxyRoutes: recordOf<ProxySetting | 'direct'>((value, path) =>
        value === 'direct' ? value : PROXY(value, path),
      ),
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

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(path: string, expected: string, value: unknown): never {
  const found = value === undefined ? 'nothing' : (JSON.stringify(value)?.slice(0, 60) ?? typeof value);
  throw new OperationalError(
    'IPC_MALFORMED',
    `a message over IPC is not understood: ${path} should be ${expected} and is ${found}`,
  );
}
