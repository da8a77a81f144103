// Works through one slice: what is known locally is a result at once, so is what the DNS answered, and the rest is
// grouped by destination and handed to the probe, one job a destination. What evidence means for a row is
// make-result.ts, when a result is written down and when it is delivered answers.ts; where results go is the caller's business.
// What a destination complains of is passed on; before RCPT it is enough to leave it, since nobody was asked about there.
// A job connects to hosts of its own destination alone: rows that these leave open go on to whoever has a place at another.
//
// Invariant: every row of the slice is delivered once, or goes on, or is named among those that were not started.

import { setMaxListeners } from 'node:events';
import type { Complaint } from '../domain/complaint.ts';
import type { MxHost, Route } from '../domain/route.ts';
import type { Places } from '../platform/places.ts';
import { hasLeft, LEFT } from '../smtp/leave.ts';
import type { DestinationJob, OnwardRow, Progress, Reach } from '../smtp/probe-destination.ts';
import { Answers, type Answer, type Answered, type Question, type ResultJournal } from './answers.ts';
import {
  groupByDestination,
  groupsOf,
  idsIn,
  idsOf,
  onwardFrom,
  questionsOf,
  routeOf,
  type Domain,
  type Domains,
} from './destination-rows.ts';
import {
  decidedResult,
  makeResult,
  type MadeResult,
  type Evidence,
  type ResultPolicy,
} from './make-result.ts';
import type { Onward, Slice } from './messages.ts';
import type { Delivery } from './outbox.ts';

/** Asks about all addresses of a job; gives the keys of those that were not started when `drain` was raised. */
export type Probe = (
  job: DestinationJob,
  report: (report: Answer) => void,
  drain: AbortSignal,
  progress: Progress,
) => Promise<readonly number[]>;

export interface SliceTools {
  readonly probe: Probe;
  readonly mannersOf: (hosts: readonly MxHost[]) => DestinationJob['manners'];
  /** The destination that a host belongs to. */
  readonly destinationOf: (host: string) => string;
  /** False of a destination that is never to be asked. */
  readonly isProbed: (destination: string) => boolean;
  readonly policy: ResultPolicy;
  /** Shared by all slices of a worker. */
  readonly places: Places;
  /** Undefined where nothing outlives the process anyway. */
  readonly journal?: ResultJournal | undefined;
  /** `isWritten`: the results are in the journal. */
  readonly deliver: (news: Delivery, isWritten: boolean) => void;
  /** Takes what a destination has against us; without it nobody would say when to leave, and rows are asked about all the same. */
  readonly complain?: ((destination: string, complaint: Complaint) => void) | undefined;
  /** Takes rows that were not asked about at a destination that was left. */
  readonly handOn?: ((handedOn: HandedOn) => void) | undefined;
  /** Takes rows that hosts of other destinations are to be asked about next. */
  readonly goOn: (onward: Onward) => void;
  /** 0 to 1. */
  readonly random: () => number;
  /** Raised when nothing new is to be started. */
  readonly drain: AbortSignal;
}

/** A slice that is being worked through. */
export interface RunningSlice {
  /** Resolves when it is over, to the ids of rows that could not be started and were not handed on. */
  readonly done: Promise<readonly number[]>;
  /** Gives up the destinations whose turn did not come yet. */
  handOn(): Unasked;
  /** Ends the sessions with a destination; what was not asked there is handed on. */
  leave(destination: string): void;
}

/** Rows that were not asked about, and the destinations where nothing is left to do. */
export interface Unasked {
  readonly unstarted: readonly number[];
  readonly destinations: readonly string[];
}

export interface HandedOn extends Unasked {
  readonly sliceId: number;
}

const NO_NEWS: Omit<Delivery, 'sliceId'> = { results: [], catchAll: {}, sessions: [], settled: [] };

/** Delivers a result for every row that could be started; gives the ids of the others. */
export function runSlice(slice: Slice, tools: SliceTools): Promise<readonly number[]> {
  return startSlice(slice, tools).done;
}

/** Starts to deliver a result for every row; starts nothing when the drain was raised before. */
export function startSlice(slice: Slice, tools: SliceTools): RunningSlice {
  if (tools.drain.aborted) return unstartedSlice(slice);
  deliverSettled(slice, tools);
  const unbegun = groupByDestination(slice);
  const stays = new Map<string, AbortController>();
  const leave = (destination: string): void => {
    stays.get(destination)?.abort(LEFT);
    const domains = unbegun.get(destination);
    if (domains === undefined) return;
    unbegun.delete(destination);
    tools.handOn?.({ sliceId: slice.sliceId, unstarted: idsIn(domains), destinations: [destination] });
  };
  const drain = (): void => {
    for (const stay of stays.values()) stay.abort();
  };
  setMaxListeners(0, tools.drain); // all slices of a worker listen to the same one
  tools.drain.addEventListener('abort', drain);
  const runInTurn = async (
    destination: string,
    domains: Domains,
    parting: () => void,
  ): Promise<readonly number[]> => {
    if (!unbegun.delete(destination)) return []; // it was handed on
    const stay = new AbortController();
    if (tools.drain.aborted) stay.abort();
    stays.set(destination, stay);
    return runDestination(slice, destination, domains, tools, { parting, stay }).finally(() =>
      stays.delete(destination),
    );
  };
  const destinations = [...unbegun].map(([destination, domains]) =>
    tools.places.run((giveBack) => runInTurn(destination, domains, giveBack)),
  );
  return {
    done: Promise.all(destinations)
      .then((unstarted) => unstarted.flat())
      .finally(() => tools.drain.removeEventListener('abort', drain)),
    handOn: () => {
      const handedOn = { unstarted: [...unbegun.values()].flatMap(idsIn), destinations: [...unbegun.keys()] };
      unbegun.clear();
      return handedOn;
    },
    leave,
  };
}

function unstartedSlice({ rows }: Slice): RunningSlice {
  return {
    done: Promise.resolve(rows.map(({ id }) => id)),
    handOn: () => ({ unstarted: [], destinations: [] }),
    leave: () => undefined,
  };
}

/** Rows that need no connection. */
function deliverSettled(slice: Slice, tools: SliceTools): void {
  const results = slice.rows.flatMap((row) => {
    if (row.target.type === 'decided') return decidedResult(row, row.target);
    if (row.target.type === 'known') return row.target.result;
    const route = routeOf(slice, row.target.address);
    if (route.type === 'hosts') return [];
    const evidence: Evidence = { found: route.observed, control: undefined, catchAll: undefined, ms: 0 };
    return makeResult(row, row.target.address, evidence, tools.policy, tools.random()).result;
  });
  if (results.length > 0) tools.deliver({ ...NO_NEWS, sliceId: slice.sliceId, results }, false);
}

async function runDestination(
  slice: Slice,
  destination: string,
  domains: Domains,
  tools: SliceTools,
  { parting, stay }: { readonly parting: () => void; readonly stay: AbortController },
): Promise<number[]> {
  const { sliceId } = slice;
  const open = questionsOf(domains);
  const onward: { readonly question: Question; readonly row: OnwardRow }[] = [];
  const answers = new Answers({
    policy: tools.policy,
    make: (one, isRefusedWithAll) => resultsOf(slice, one, isRefusedWithAll, tools),
    journal: tools.journal,
    deliver: (one, made, isWritten) => deliverAnswer(slice, one, made, isWritten, tools),
  });
  const questionOf = (key: number): Question => {
    const question = open.get(key);
    if (question === undefined) throw new Error(`the probe told twice, or unasked, of row ${key}`);
    return question;
  };
  const answered = (answer: Answer): Answered => ({ question: questionOf(answer.key), answer });
  const report = (answer: Answer): void => {
    const row = answered(answer);
    open.delete(answer.key);
    answers.settled(row);
  };
  const goOn = (rows: readonly OnwardRow[]): void => {
    for (const row of rows) {
      onward.push({ question: questionOf(row.key), row });
      open.delete(row.key);
    }
  };
  const complained = (complaint: Complaint): void => {
    if (tools.complain === undefined) return;
    tools.complain(destination, complaint);
    if (complaint.stage !== 'rcpt') queueMicrotask(() => stay.abort(LEFT)); // not from within the session that is told of it
  };
  if (!stay.signal.aborted) {
    const unstarted = new Set(
      await tools.probe(jobFor(destination, domains, slice, tools), report, stay.signal, {
        heard: (rows) => answers.heard(rows.map(answered)),
        disowned: () => answers.disowned(),
        parting,
        sessionOver: () => tools.deliver({ ...NO_NEWS, sliceId, sessions: [destination] }, false),
        complained,
        goOn,
      }),
    );
    const forgotten = [...open.keys()].find((key) => !unstarted.has(key));
    if (forgotten !== undefined) throw new Error(`the probe told nothing of row ${forgotten}`);
    answers.over();
  }
  const unasked = idsOf(open.values());
  if (onward.length > 0) {
    tools.goOn({ sliceId, destination, ...onwardFrom(domains, onward, tools.destinationOf) });
    return unasked;
  }
  if (hasLeft(stay.signal) && tools.handOn !== undefined) {
    tools.handOn({ sliceId, unstarted: unasked, destinations: [destination] });
    return [];
  }
  tools.deliver({ ...NO_NEWS, sliceId, settled: [destination] }, false);
  return unasked;
}

function jobFor(
  destination: string,
  domains: Domains,
  { catchAll }: Slice,
  { destinationOf, isProbed, mannersOf }: SliceTools,
): DestinationJob {
  const [{ route }] = [...domains.values()] as [Domain];
  return {
    groups: groupsOf(domains, catchAll),
    manners: mannersOf(route.hosts.slice(route.startsAt)),
    reach: ({ name }): Reach => {
      const there = destinationOf(name);
      if (there === destination) return 'here';
      return isProbed(there) ? 'elsewhere' : 'never';
    },
  };
}

function resultsOf(
  slice: Slice,
  { question: { address, rows }, answer }: Answered,
  isRefusedWithAll: boolean,
  { policy, random }: SliceTools,
): readonly MadeResult[] {
  const { real: found, control, ms, transcript } = answer;
  const catchAll = slice.catchAll[address.domain];
  const evidence: Evidence = { found, control, catchAll, isRefusedWithAll, ms, transcript };
  return rows.map((row) => makeResult(row, address, evidence, policy, random()));
}

function deliverAnswer(
  slice: Slice,
  { question: { address }, answer }: Answered,
  made: readonly MadeResult[],
  isWritten: boolean,
  tools: SliceTools,
): void {
  const known = slice.catchAll[address.domain];
  const learned = isFromBestHost(answer.control, routeOf(slice, address)) ? made[0]?.learned : undefined;
  const news = {
    ...NO_NEWS,
    sliceId: slice.sliceId,
    results: made.map(({ result }) => result),
    catchAll: learned === undefined || learned === known ? {} : { [address.domain]: learned },
  };
  tools.deliver(news, isWritten);
}

// What a backup host accepts says nothing about the hosts before it.
function isFromBestHost(control: Answer['control'], route: Route): boolean {
  return route.type === 'hosts' && control?.host === route.hosts[0]?.name;
}
