// What parent and worker say to each other over IPC: two unions with a string `type`, parsed at the door.
// Rows and results travel in their domain shapes; JSON turns `undefined` members into absent ones.

import type { CatchAll } from '../domain/catch-all.ts';
import type { Complaint } from '../domain/complaint.ts';
import type { PolicyOverride } from '../domain/destination-policy.ts';
import type { ProbeRow } from '../domain/row.ts';
import type { Result } from '../domain/result.ts';
import type { Route } from '../domain/route.ts';
import type { Trail } from '../domain/trail.ts';
import type { ProxySetting } from '../platform/proxy-setting.ts';
import type { Redaction } from '../platform/redaction.ts';
import type { IpFamily } from '../smtp/host-addresses.ts';

/** The settings of a worker's probes; the same for all workers of a cycle. */
export interface ProbeSettings {
  readonly ehloName: string;
  readonly mailFrom: string;
  readonly port: number;
  readonly replyTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly sessionDeadlineMs: number;
  readonly dnsServers: readonly string[];
  readonly allowPrivateMx: boolean;
  readonly ipFamily: IpFamily;
  readonly localAddress?: string | undefined;
  readonly proxy?: ProxySetting | undefined;
  /** By provider. */
  readonly proxyRoutes: Readonly<Record<string, ProxySetting | 'direct'>>;
  readonly controlKey: string;
  readonly retryDelaysSeconds: readonly number[];
  /** Sessions that one worker keeps open at once. */
  readonly maxSessions: number;
  /** What the operator wants of destinations. */
  readonly policies: readonly PolicyOverride[];
}

/** One worker's work for one user: a worker number, a log file, a journal that becomes a batch file. */
export interface Assignment {
  readonly cycleId: string;
  readonly server: string;
  readonly userId: number;
  readonly workerId: number;
  /** `…/worker_N.json`; the journal stands beside it as `…/worker_N.ndjson` until it is finished. */
  readonly batchFile: string;
  /** Undefined with ENABLE_DETAILED_LOGGING=false. */
  readonly logFile: string | undefined;
  /** How addresses stand in the log; as they are where nothing is said. */
  readonly redaction?: Redaction | undefined;
}

/** Rows of one user, cut by destination, and what is known of their domains. */
export interface SliceWork {
  readonly rows: readonly ProbeRow[];
  /** Of all domains that have rows to be probed. */
  readonly routes: Readonly<Record<string, Route>>;
  /** Domains whose catch-all state is known already, so that no control recipient is asked for. */
  readonly catchAll: Readonly<Record<string, CatchAll>>;
}

/** Work as a worker is given it. */
export interface Slice extends SliceWork {
  readonly sliceId: number;
  /** How many rows of the user were handed out in this cycle before this slice, and with it: what the log calls "emails {from} to {to}". */
  readonly from: number;
  readonly to: number;
}

/** Rows of a slice that the hosts of one destination have left open, and that go on to hosts of others. */
export interface Onward {
  readonly sliceId: number;
  /** Nothing is left to do there: its place in the budget is free. */
  readonly destination: string;
  readonly rows: readonly { readonly id: number; readonly trail: Trail }[];
  /** Where they go, by domain. */
  readonly stops: Readonly<Record<string, Stop>>;
}

/** A host further down a domain's preference list, and its destination. */
export interface Stop {
  readonly startsAt: number;
  readonly destination: string;
}

/** How often a worker says that it is alive. */
export const ALIVE_EVERY_MS = 2_000;

export type ToWorker =
  | { readonly type: 'settings'; readonly settings: ProbeSettings }
  /** It may keep so many sessions open at once from now on, more than before. */
  | { readonly type: 'widen'; readonly maxSessions: number }
  | { readonly type: 'begin'; readonly assignment: Assignment }
  | { readonly type: 'slice'; readonly slice: Slice }
  /** The place is wanted for another user: start nothing new, say `handed-on`, then `slice-done` with what else was not started. `finish` follows. */
  | { readonly type: 'yield' }
  /** Other places are idle: say `handed-on` with the destinations that were not begun, and go on with the others. */
  | { readonly type: 'relieve' }
  /** The destination is left alone: end its sessions, and say `handed-on` with what was not asked there. */
  | { readonly type: 'leave'; readonly destination: string }
  /** No more slices for this assignment: finish the batch file, then say `finished`. Sent when every slice is done. */
  | { readonly type: 'finish' };

export type FromWorker =
  | { readonly type: 'ready' }
  /** Still alive; sent every ALIVE_EVERY_MS while the event loop turns. */
  | { readonly type: 'alive' }
  /** SIGTERM came: what is in flight is being finished, nothing new is started. `finish` is what it waits for then. */
  | { readonly type: 'draining' }
  | {
      readonly type: 'results';
      readonly sliceId: number;
      readonly results: readonly Result[];
      /** Catch-all states learned since the last message. */
      readonly catchAll: Readonly<Record<string, CatchAll>>;
      /** Destinations, each once for every session there that ended as it should since the last message. */
      readonly sessions: readonly string[];
      /** Destinations whose rows in this slice are all settled: their place in the budget is free. */
      readonly settled: readonly string[];
    }
  /** What a destination has against us, as soon as it is heard. */
  | { readonly type: 'complaint'; readonly destination: string; readonly complaint: Complaint }
  /** The slice is over; `unstarted` holds the rows that were not probed (draining), to be given back. */
  | { readonly type: 'slice-done'; readonly sliceId: number; readonly unstarted: readonly number[] }
  /** What of the open slices was not asked and will not be: rows, and the destinations where nothing is left to do. */
  | {
      readonly type: 'handed-on';
      readonly slices: readonly {
        readonly sliceId: number;
        readonly unstarted: readonly number[];
        readonly destinations: readonly string[];
      }[];
    }
  | ({ readonly type: 'onward' } & Onward)
  | { readonly type: 'finished'; readonly processed: number }
  /** The worker cannot go on (disk full, …): what happened, with a code for the program. */
  | { readonly type: 'failed'; readonly code: string; readonly message: string };
