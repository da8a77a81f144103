// Works through one slice: what is known locally is a result at once, so is what the DNS answered, and the rest is
// grouped by destination and handed to the probe, one job a destination. What evidence means for a row is
// make-result.ts; where results go is the caller's business. Results stream: only a refusal that everybody may be
// getting (domain/session-sense.ts) waits until the destination told recipients apart, or has answered all.
//
// Invariant: every row of the slice is delivered once, or named among those that were not started.

import { formatAddress, type Address } from '../domain/address.ts';
import type { ProbeRow } from '../domain/row.ts';
import type { MxHost, Route } from '../domain/route.ts';
import {
  hear,
  NOTHING_HEARD,
  refusesEverybody,
  remarkOn,
  type SessionSense,
} from '../domain/session-sense.ts';
import { controlRecipient } from '../smtp/control-recipient.ts';
import type { DestinationJob, SettledRow } from '../smtp/probe-destination.ts';
import { decidedResult, identityFor, makeResult, type Evidence, type ResultPolicy } from './make-result.ts';
import type { Slice } from './messages.ts';
import type { Delivery } from './outbox.ts';
import type { Places } from './places.ts';

/** What became of a row, with the dialogue about it where the probe kept it. */
export type Answer = SettledRow & { readonly transcript?: readonly string[] | undefined };

/**
 * Asks about all addresses of a job; gives the keys of those that were not started when `drain` was raised. `parting` is
 * called when all that is left to do is to say goodbye.
 */
export type Probe = (
  job: DestinationJob,
  report: (report: Answer) => void,
  drain: AbortSignal,
  parting: () => void,
) => Promise<readonly number[]>;

export interface SliceTools {
  readonly probe: Probe;
  readonly mannersOf: (hosts: readonly MxHost[]) => DestinationJob['manners'];
  readonly policy: ResultPolicy;
  /** Shared by all slices of a worker. */
  readonly places: Places;
  readonly deliver: (news: Delivery) => void;
  /** 0 to 1. */
  readonly random: () => number;
  /** Raised when nothing new is to be started. */
  readonly drain: AbortSignal;
}

/** Rows with the same address: one question, a result for each. */
interface Question {
  readonly address: Address;
  readonly rows: [ProbeRow, ...ProbeRow[]];
}

type HostsRoute = Extract<Route, { type: 'hosts' }>;

/** What a destination is asked about, by domain. */
type Domains = ReadonlyMap<string, Domain>;

interface Domain {
  readonly route: HostsRoute;
  /** By address. */
  readonly questions: Map<string, Question>;
}

/** A slice that is being worked through. */
export interface RunningSlice {
  /** Resolves when it is over, to the ids of rows that could not be started and were not handed on. */
  readonly done: Promise<readonly number[]>;
  /** Gives up the destinations whose turn did not come yet. */
  handOn(): { readonly unstarted: readonly number[]; readonly destinations: readonly string[] };
}

/** Delivers a result for every row that could be started; gives the ids of the others. */
export function runSlice(slice: Slice, tools: SliceTools): Promise<readonly number[]> {
  return startSlice(slice, tools).done;
}

/** Starts to deliver a result for every row; starts nothing when the drain was raised before. */
export function startSlice(slice: Slice, tools: SliceTools): RunningSlice {
  if (tools.drain.aborted) return unstartedSlice(slice);
  deliverSettled(slice, tools);
  const unbegun = groupByDestination(slice);
  const runInTurn = async (
    destination: string,
    domains: Domains,
    parting: () => void,
  ): Promise<readonly number[]> =>
    unbegun.delete(destination) ? runDestination(slice, destination, domains, tools, parting) : []; // else it was handed on
  const destinations = [...unbegun].map(([destination, domains]) =>
    tools.places.run((giveBack) => runInTurn(destination, domains, giveBack)),
  );
  return {
    done: Promise.all(destinations).then((unstarted) => unstarted.flat()),
    handOn: () => {
      const handedOn = { unstarted: [...unbegun.values()].flatMap(idsOf), destinations: [...unbegun.keys()] };
      unbegun.clear();
      return handedOn;
    },
  };
}

function unstartedSlice({ rows }: Slice): RunningSlice {
  return {
    done: Promise.resolve(rows.map(({ id }) => id)),
    handOn: () => ({ unstarted: [], destinations: [] }),
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
  if (results.length > 0) tools.deliver({ sliceId: slice.sliceId, results, catchAll: {}, settled: [] });
}

function groupByDestination(slice: Slice): Map<string, Map<string, Domain>> {
  const destinations = new Map<string, Map<string, Domain>>();
  for (const row of slice.rows) {
    if (row.target.type !== 'mailbox') continue;
    const { address } = row.target;
    const route = routeOf(slice, address);
    if (route.type !== 'hosts') continue;
    const domains = entry(destinations, route.destination, () => new Map<string, Domain>());
    const { questions } = entry(domains, address.domain, () => ({ route, questions: new Map() }));
    const known = questions.get(formatAddress(address));
    if (known === undefined) questions.set(formatAddress(address), { address, rows: [row] });
    else known.rows.push(row);
  }
  return destinations;
}

async function runDestination(
  slice: Slice,
  destination: string,
  domains: Domains,
  tools: SliceTools,
  parting: () => void,
): Promise<number[]> {
  const questions = [...domains.values()].flatMap((domain) => [...domain.questions.values()]);
  const open = new Map(questions.map((question) => [question.rows[0].id, question]));
  const groups = [...domains].map(([domain, { route, questions: asked }]) => ({
    domain,
    hosts: route.hosts,
    addresses: [...asked.values()].map(({ address, rows: [first] }) => ({ key: first.id, address })),
    catchAll: slice.catchAll[domain],
  }));

  let sense = NOTHING_HEARD;
  let held: (readonly [Question, Answer])[] = [];
  const release = (isRefusedWithAll: boolean): void => {
    for (const [question, found] of held) deliverAnswer(slice, question, found, isRefusedWithAll, tools);
    held = [];
  };
  const report = (found: Answer): void => {
    const question = open.get(found.key);
    if (question === undefined) throw new Error(`the probe told twice, or unasked, of row ${found.key}`);
    open.delete(found.key);

    const isSuspect = !sense.tellsApart && isSuspectAnswer(question.address, found, tools.policy);
    sense = withAnswer(sense, question.address, found, tools.policy);
    if (sense.tellsApart) release(false);
    if (isSuspect && !sense.tellsApart) held.push([question, found]);
    else deliverAnswer(slice, question, found, false, tools);
  };
  if (!tools.drain.aborted) {
    const [{ route }] = [...domains.values()] as [Domain];
    const unstarted = new Set(
      await tools.probe({ groups, manners: tools.mannersOf(route.hosts) }, report, tools.drain, parting),
    );
    const forgotten = [...open.keys()].find((key) => !unstarted.has(key));
    if (forgotten !== undefined) throw new Error(`the probe told nothing of row ${forgotten}`);
    release(refusesEverybody(sense));
  }
  tools.deliver({ sliceId: slice.sliceId, results: [], catchAll: {}, settled: [destination] });
  return [...open.values()].flatMap(({ rows }) => rows.map(({ id }) => id));
}

function isSuspectAnswer(address: Address, { real }: Answer, policy: ResultPolicy): boolean {
  return remarkOn(real, identityFor(address, real, policy)).type === 'suspect';
}

/** The sense of the session with what a row was answered, and the control recipient beside it. */
function withAnswer(
  sense: SessionSense,
  address: Address,
  { real, control }: Answer,
  policy: ResultPolicy,
): SessionSense {
  if (sense.tellsApart) return sense;
  const heard = hear(sense, remarkOn(real, identityFor(address, real, policy)), {
    address: formatAddress(address),
    isControl: false,
  });
  if (control === undefined) return heard;
  const { domain } = address;
  const nobody = { local: controlRecipient(domain, policy.controlKey), domain };
  return hear(heard, remarkOn(control, identityFor(nobody, control, policy)), {
    address: domain,
    isControl: true,
  });
}

function deliverAnswer(
  slice: Slice,
  { address, rows }: Question,
  answer: Answer,
  isRefusedWithAll: boolean,
  tools: SliceTools,
): void {
  const known = slice.catchAll[address.domain];
  const { real: found, control, ms, transcript } = answer;
  const evidence: Evidence = { found, control, catchAll: known, isRefusedWithAll, ms, transcript };
  const made = rows.map((row) => makeResult(row, address, evidence, tools.policy, tools.random()));
  const learned = isFromBestHost(answer.control, routeOf(slice, address)) ? made[0]?.learned : undefined;
  tools.deliver({
    sliceId: slice.sliceId,
    results: made.map(({ result }) => result),
    catchAll: learned === undefined || learned === known ? {} : { [address.domain]: learned },
    settled: [],
  });
}

function idsOf(domains: Domains): number[] {
  const questions = [...domains.values()].flatMap((domain) => [...domain.questions.values()]);
  return questions.flatMap(({ rows }) => rows.map(({ id }) => id));
}

// What a backup host accepts says nothing about the hosts before it.
function isFromBestHost(control: SettledRow['control'], route: Route): boolean {
  return route.type === 'hosts' && control?.host === route.hosts[0]?.name;
}

function routeOf(slice: Slice, { domain }: Address): Route {
  const route = slice.routes[domain];
  if (route === undefined) throw new Error(`slice ${slice.sliceId} has no route for ${domain}`);
  return route;
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
