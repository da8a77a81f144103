// The door between parent and worker: what arrives over IPC becomes a message, or is refused as a whole.
// Each table must name every field of its type, or it does not compile; what a check is stands in checks.ts, rows and
// results are row-checks.ts.
// Says nothing about whether a message makes sense at this moment: its reader does.

import type { Complaint } from '../domain/complaint.ts';
import type { PolicyOverride } from '../domain/destination-policy.ts';
import type { RedactPolicy } from '../domain/redact.ts';
import type { ProxySetting } from '../platform/proxy-setting.ts';
import type { Redaction } from '../platform/redaction.ts';
import {
  amount,
  atTheDoor,
  count,
  flag,
  integer,
  listOf,
  oneOf,
  optional,
  recordOf,
  shape,
  text,
  typed,
  variants,
} from './checks.ts';
import type { Assignment, FromWorker, Onward, ProbeSettings, Stop, ToWorker } from './messages.ts';
import { CATCH_ALL, RESULT, SLICE, STAGE, TRAIL } from './row-checks.ts';

/** Gives the message, or throws IPC_MALFORMED that names the first place where it is none. */
export function parseToWorker(value: unknown): ToWorker {
  return atTheDoor(TO_WORKER, value);
}

/** Gives the message, or throws IPC_MALFORMED that names the first place where it is none. */
export function parseFromWorker(value: unknown): FromWorker {
  return atTheDoor(FROM_WORKER, value);
}

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
  widen: shape({ type: typed('widen'), maxSessions: count }),
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
    sessions: listOf(text),
    settled: listOf(text),
  }),
  complaint: shape({ type: typed('complaint'), destination: text, complaint: COMPLAINT }),
  'slice-done': shape({ type: typed('slice-done'), sliceId: count, unstarted: listOf(integer) }),
  'handed-on': shape({
    type: typed('handed-on'),
    slices: listOf(shape({ sliceId: count, unstarted: listOf(integer), destinations: listOf(text) })),
  }),
  onward: shape({
    type: typed('onward'),
    sliceId: count,
    destination: text,
    rows: listOf(shape<Onward['rows'][number]>({ id: integer, trail: TRAIL })),
    stops: recordOf(shape<Stop>({ startsAt: count, destination: text })),
  }),
  finished: shape({ type: typed('finished'), processed: count }),
  failed: shape({ type: typed('failed'), code: text, message: text }),
});
