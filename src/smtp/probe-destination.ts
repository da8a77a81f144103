// Works off all rows of one destination, one connection at a time: host by host in order of preference, keeping a
// connection for all domains that share the host, until every row is settled, has nobody left to ask, or goes on to a host of
// another destination, where another job has a place.
// Owns the order of hosts; how often and at which address one is dialled is host-calls.ts, which rows share a transaction
// and what settles them party.ts, what an observation means domain/classify.ts.

import { setMaxListeners } from 'node:events';
import type { CatchAll } from '../domain/catch-all.ts';
import type { Complaint } from '../domain/complaint.ts';
import type { Finding } from '../domain/finding.ts';
import type { Observation, ReplyObservation } from '../domain/observation.ts';
import { acceptsAnybody, providerOf, type Manners } from '../domain/providers.ts';
import type { MxHost } from '../domain/route.ts';
import { isPutOff, type Trail } from '../domain/trail.ts';
import { Complaints } from './complaints.ts';
import { controlRecipient } from './control-recipient.ts';
import { HostCalls, type HostCallSettings } from './host-calls.ts';
import { HostVisit } from './host-visit.ts';
import { Inquiry, type AskedRow } from './inquiry.ts';
import { hasLeft } from './leave.ts';
import { Party, type Concluded, type PartyContext } from './party.ts';

/** Rows of one domain and where its mail goes. */
export interface DestinationGroup {
  readonly domain: string;
  /** In order of preference; at least one. */
  readonly hosts: readonly MxHost[];
  /** Place of the first that this job asks; what those before it had to say the rows bring along. */
  readonly startsAt?: number | undefined;
  readonly addresses: readonly AskedRow[];
  /** What is known of the domain already, so that no control recipient is asked about. */
  readonly catchAll: CatchAll | undefined;
}

export interface DestinationJob {
  readonly groups: readonly DestinationGroup[];
  readonly manners: Manners;
  /** Where a host behind the first of its domain is; asked only when its turn has come. All are here where nothing is said. */
  readonly reach?: ((host: MxHost) => Reach) | undefined;
}

export type Reach =
  /** The job connects to it. */
  | 'here'
  /** Whoever has a place at its destination does: rows go on there. */
  | 'elsewhere'
  /** Nobody does: as if it were not named. */
  | 'never';

/** A row that the hosts of a job have left open, and that a host elsewhere may settle. */
export interface OnwardRow {
  readonly key: number;
  /** Place of that host in the preference list. */
  readonly startsAt: number;
  readonly trail: Trail;
}

export interface DestinationSettings extends HostCallSettings {
  readonly controlKey: string;
}

/** What became of a row. */
export interface SettledRow {
  readonly key: number;
  readonly real: Finding;
  /**
   * What the same host answered about a recipient that cannot exist, or the failure that lost the answer;
   * undefined when that was not asked, or not yet known when the row was refused.
   */
  readonly control: Observation | undefined;
  /** Wall time from dialling, or from the row's transaction in a session already open, until its answer or until now. */
  readonly ms: number;
  /**
   * What was said about the row, in the sessions in which it was asked about or which the host ended before: `→ host[ip]:port`,
   * `C: …` and `S: …`, failures as `✗ …`. No other row's address stands in it. Clean lines, at most 40 of 300 characters
   * and 4 KB in all. Made when it is first read.
   */
  readonly transcript: readonly string[];
}

/** Hosts of a domain that are asked: whoever names a hundred shall not keep us for an hour. */
const MAX_HOSTS_ASKED = 5;

/** What is told of a job beside the rows that are settled. */
export interface Progress {
  /**
   * What rows that were answered just now will be settled with, unless their session is disowned or more comes to be known,
   * such as what the control recipient is answered. Nothing is told of who goes on to the next host.
   */
  readonly heard: (rows: readonly SettledRow[]) => void;
  /** The session was out of step: what was heard and is not settled counts no more. */
  readonly disowned: () => void;
  /** Nothing is left to do but to hear the last goodbye, should that leave no doubt. */
  readonly parting: () => void;
  /** A session ended as it should: somebody was answered as a mailbox, and the leave was ours. */
  readonly sessionOver: () => void;
  /** What the destination has against us, as soon as it is heard. */
  readonly complained: (complaint: Complaint) => void;
  /** These rows are neither settled nor given back: hosts elsewhere are next. */
  readonly goOn: (rows: readonly OnwardRow[]) => void;
}

const tellNobody = (): void => undefined;

/**
 * Probes every row of the job and reports each as soon as it is settled; gives the keys of rows not started.
 *
 * A definite answer from the best host that gives one settles a row. A host that refuses us, fails or puts the row
 * off is followed by its next address, then by the next host; a host that failed is not dialled again in this job.
 * When `signal` aborts, no new row is asked about: what is in flight is finished, the rest is given back; when it does so
 * for this destination's sake (leave.ts), rows that it refused for good before RCPT are settled with that. Rejects only for
 * a bug. When it resolves no connection is left: a host never sees more of them than it is meant to.
 */
export async function probeDestination(
  job: DestinationJob,
  settings: DestinationSettings,
  report: (row: SettledRow) => void,
  signal: AbortSignal,
  {
    heard = tellNobody,
    disowned = tellNobody,
    parting = tellNobody,
    sessionOver = tellNobody,
    complained = tellNobody,
    goOn = tellNobody,
  }: Partial<Progress> = {},
): Promise<readonly number[]> {
  setMaxListeners(0, signal); // many jobs may listen to the same one
  const complaints = new Complaints(settings, complained);
  const context: PartyContext = {
    complaints,
    ehloName: settings.ehloName,
    mailFrom: settings.mailFrom,
    heard: (rows, control) => heard(rows.map((row) => asItStands(row, control))),
    settle: (row, control) => report(asItStands(row, control)),
  };
  const calls = new HostCalls(job.manners, settings, signal);

  let errands: readonly Errand[] = job.groups.map((group) => ({
    group,
    rank: group.startsAt ?? 0,
    isHere: true,
    inquiries: group.addresses.map((row) => new Inquiry(row)),
  }));
  for (let next = errands[0]; next?.isHere === true && !signal.aborted; next = errands[0]) {
    const host = hostOf(next);
    const here = errands.filter((errand) => hostOf(errand).name === host.name);
    const others = errands.filter((errand) => !here.includes(errand));
    const parties = here.map((errand) => partyOf(errand, settings.controlKey, context));
    const news = {
      refused: (observed: ReplyObservation) => complaints.refused(observed),
      disowned,
      sessionOver,
      parting: others.some(({ isHere }) => isHere) ? tellNobody : parting,
    };
    await calls.visit(host, new HostVisit(parties, signal, news));
    const further = here.flatMap((errand, place) => errandsAfter(errand, parties[place]!, job, context));
    errands = [...others, ...further].toSorted((a, b) => Number(b.isHere) - Number(a.isHere));
  }
  const isBrokenOff = signal.aborted;
  const unstarted = isBrokenOff ? giveBack(errands, context.settle, hasLeft(signal)) : [];
  await calls.goodbye;
  if (!isBrokenOff && errands.length > 0) goOn(errands.flatMap(rowsOnward));
  return unstarted;
}

function asItStands({ inquiry, finding }: Concluded, control: Observation | undefined): SettledRow {
  const transcript = inquiry.transcript.soFar(inquiry);
  return {
    key: inquiry.key,
    real: finding,
    control,
    ms: inquiry.msUntil(performance.now()),
    get transcript() {
      return transcript();
    },
  };
}

/** Rows of one domain on their way to the host at place `rank`. */
interface Errand {
  readonly group: DestinationGroup;
  readonly rank: number;
  /** The host is one that the job connects to. */
  readonly isHere: boolean;
  readonly inquiries: readonly Inquiry[];
}

function hostOf({ group, rank }: Errand): MxHost {
  const host = group.hosts[rank];
  if (host === undefined) throw new Error(`${group.domain} has no mail host at place ${rank}`);
  return host;
}

function partyOf(errand: Errand, controlKey: string, context: PartyContext): Party {
  const { group, rank, inquiries } = errand;
  // What is known of a domain was learnt from its best host; one further down may accept everybody all the same.
  const isLearnt = group.catchAll === 'yes' || (group.catchAll !== undefined && rank === 0);
  const provider = providerOf(hostOf(errand).name);
  // Where a 250 says nothing of anybody, one to a control recipient does not either.
  const isKnown = isLearnt || acceptsAnybody(provider?.name);
  const local = isKnown ? undefined : controlRecipient(group.domain, controlKey);
  return new Party(
    inquiries,
    {
      hostRank: rank,
      isLastHost: rank + 1 >= hostsAsked(group),
      isKnownProvider: provider !== undefined,
    },
    local === undefined ? undefined : { address: { local, domain: group.domain } },
    context,
  );
}

function hostsAsked({ hosts }: DestinationGroup): number {
  return Math.min(hosts.length, MAX_HOSTS_ASKED);
}

/** Who is left after a visit: those who go on, and, when draining, those whose turn did not come. */
function errandsAfter(
  errand: Errand,
  { pending, onward }: Party,
  { reach }: DestinationJob,
  { settle }: PartyContext,
): readonly Errand[] {
  const waiting = pending.length > 0 ? [{ ...errand, inquiries: pending }] : [];
  if (onward.length === 0) return waiting;
  const { group } = errand;
  for (let rank = errand.rank + 1; rank < hostsAsked(group); rank++) {
    const where = reach?.(group.hosts[rank]!) ?? 'here';
    if (where !== 'never') return [...waiting, { group, rank, isHere: where === 'here', inquiries: onward }];
  }
  // Whoever is behind the present host is not to be asked: then it was the last.
  for (const inquiry of onward)
    if (inquiry.evidence !== undefined) settle({ inquiry, finding: inquiry.evidence }, undefined);
  return waiting;
}

function rowsOnward({ rank, inquiries }: Errand): readonly OnwardRow[] {
  const now = performance.now();
  return inquiries.map((inquiry) => ({ key: inquiry.key, startsAt: rank, trail: inquiry.trailAt(now) }));
}

/**
 * Settles whoever a host has put off; the others were not started, whatever was dialled for them. Neither was whoever it
 * refused for good: the next host, which was not asked, may serve the domain.
 */
function giveBack(
  errands: readonly Errand[],
  settle: PartyContext['settle'],
  isOfDestination: boolean,
): readonly number[] {
  const unstarted: number[] = [];
  for (const inquiry of errands.flatMap(({ inquiries }) => inquiries)) {
    const { evidence, isRefused } = inquiry;
    if (evidence !== undefined && (isPutOff(evidence) || (isRefused && isOfDestination)))
      settle({ inquiry, finding: evidence }, undefined);
    else unstarted.push(inquiry.key);
  }
  return unstarted;
}
