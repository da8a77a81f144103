// Works off all rows of one destination, one connection at a time: host by host in order of preference, keeping a
// connection for all domains that share the host, until every row is settled or has nobody left to ask.
// Owns the order of hosts and sessions; what happens in a session is conversation.ts, which rows share a transaction
// and what settles them party.ts, what an observation means domain/classify.ts.

import { setMaxListeners } from 'node:events';
import type { CatchAll } from '../domain/catch-all.ts';
import type { FailureObservation, Observation } from '../domain/observation.ts';
import { providerOf, type Manners } from '../domain/providers.ts';
import type { MxHost } from '../domain/route.ts';
import { chooseProxy, type Proxies } from './choose-proxy.ts';
import { controlRecipient } from './control-recipient.ts';
import { converse, type CallSettings, type Ending, type Endpoint } from './conversation.ts';
import type { TlsUse } from './dialogue.ts';
import { HostVisit } from './host-visit.ts';
import { Inquiry, type AskedRow } from './inquiry.ts';
import { Party, type Finding } from './party.ts';
import { SessionLog } from './session-log.ts';
import { mostTelling } from './weigh-answer.ts';

/** Rows of one domain and where its mail goes. */
export interface DestinationGroup {
  readonly domain: string;
  /** In order of preference; at least one. */
  readonly hosts: readonly MxHost[];
  readonly addresses: readonly AskedRow[];
  /** What is known of the domain already, so that no control recipient is asked about. */
  readonly catchAll: CatchAll | undefined;
}

export interface DestinationJob {
  readonly groups: readonly DestinationGroup[];
  readonly manners: Manners;
}

export interface DestinationSettings extends CallSettings, Proxies {
  /** The address of ours to dial from; the system's choice when undefined. */
  readonly localAddress?: string | undefined;
  readonly controlKey: string;
  /** Looks up the checked addresses of a host whose turn has come. */
  readonly lookup: (hostName: string) => Promise<readonly string[] | FailureObservation>;
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
  /** Wall time from dialling, or from the row's transaction in a session already open, until now. */
  readonly ms: number;
  /**
   * What was said about the row, in the sessions in which it was asked about or which the host ended before: `→ host[ip]:port`,
   * `C: …` and `S: …`, failures as `✗ …`. No other row's address stands in it. Clean lines, at most 40 of 300 characters
   * and 4 KB in all. Made when it is first read.
   */
  readonly transcript: readonly string[];
}

/** Sessions in a row that a host may end without an answer to any RCPT before it is given up. */
const MAX_BARREN_SESSIONS = 2;

/**
 * Probes every row of the job and reports each as soon as it is settled; gives the keys of rows not started.
 *
 * A definite answer from the best host that gives one settles a row. A host that refuses us, fails or puts the row
 * off is followed by its next address, then by the next host; a host that failed is not dialled again in this job.
 * When `signal` aborts, no new row is asked about: what is in flight is finished, the rest is given back. Rejects
 * only for a bug; after it settled, at most the goodbye of the last session lingers, for about a second.
 */
export async function probeDestination(
  job: DestinationJob,
  settings: DestinationSettings,
  report: (row: SettledRow) => void,
  signal: AbortSignal,
): Promise<readonly number[]> {
  setMaxListeners(0, signal); // all jobs of a worker listen to the same one
  const settle: Settle = (inquiry, real, control) => {
    const transcript = inquiry.transcript.soFar(inquiry);
    report({
      key: inquiry.key,
      real,
      control,
      ms: inquiry.msUntil(performance.now()),
      get transcript() {
        return transcript();
      },
    });
  };
  const calls = new HostCalls(job.manners, settings, signal);

  let errands: readonly Errand[] = job.groups.map((group) => ({
    group,
    rank: 0,
    inquiries: group.addresses.map((row) => new Inquiry(row)),
  }));
  for (let next = errands[0]; next !== undefined && !signal.aborted; next = errands[0]) {
    const host = hostOf(next);
    const here = errands.filter((errand) => hostOf(errand).name === host.name);
    const elsewhere = errands.filter((errand) => !here.includes(errand));
    const parties = here.map((errand) => partyOf(errand, settings, settle));
    await calls.visit(host, new HostVisit(parties, signal));
    errands = [...elsewhere, ...here.flatMap((errand, place) => errandsAfter(errand, parties[place]!))];
  }
  return giveBack(errands, settle);
}

type Settle = (inquiry: Inquiry, real: Finding, control: Observation | undefined) => void;

/** Rows of one domain on their way to the host at place `rank`. */
interface Errand {
  readonly group: DestinationGroup;
  readonly rank: number;
  readonly inquiries: readonly Inquiry[];
}

function hostOf({ group, rank }: Errand): MxHost {
  const host = group.hosts[rank];
  if (host === undefined) throw new Error(`${group.domain} has no mail host at place ${rank}`);
  return host;
}

function partyOf(errand: Errand, settings: DestinationSettings, settle: Settle): Party {
  const { group, rank, inquiries } = errand;
  // What is known of a domain was learnt from its best host; one further down may accept everybody all the same.
  const isKnown = group.catchAll === 'yes' || (group.catchAll !== undefined && rank === 0);
  const local = isKnown ? undefined : controlRecipient(group.domain, settings.controlKey);
  return new Party(
    inquiries,
    {
      hostRank: rank,
      isLastHost: rank + 1 >= group.hosts.length,
      isKnownProvider: providerOf(hostOf(errand).name) !== undefined,
    },
    local === undefined ? undefined : { address: { local, domain: group.domain } },
    { ehloName: settings.ehloName, mailFrom: settings.mailFrom, settle },
  );
}

/** Who is left after a visit: those who go on, and, when draining, those whose turn did not come. */
function errandsAfter({ group, rank }: Errand, party: Party): readonly Errand[] {
  return [
    { group, rank, inquiries: party.pending },
    { group, rank: rank + 1, inquiries: party.onward },
  ].filter(({ inquiries }) => inquiries.length > 0);
}

/** Settles whoever a host has spoken about; the others were not started, whatever was dialled for them. */
function giveBack(errands: readonly Errand[], settle: Settle): readonly number[] {
  const unstarted: number[] = [];
  for (const inquiry of errands.flatMap(({ inquiries }) => inquiries)) {
    const { evidence } = inquiry;
    if (evidence?.type === 'reply' && evidence.stage === 'rcpt') settle(inquiry, evidence, undefined);
    else unstarted.push(inquiry.key);
  }
  return unstarted;
}

/** Why a host was given up, and what was said meanwhile. */
interface HostFailure {
  readonly observed: Observation;
  readonly logs: readonly SessionLog[];
}

function neverDialled({ name }: MxHost, observed: FailureObservation): HostFailure {
  const log = new SessionLog(`→ ${name}`);
  log.failed([], observed);
  return { observed, logs: [log] };
}

/** The sessions of one job, one after the other, and which hosts failed in it. */
class HostCalls {
  readonly #manners: Manners;
  readonly #settings: DestinationSettings;
  readonly #signal: AbortSignal;
  readonly #failed = new Map<string, HostFailure>();
  /** What is known of hosts that demanded encryption. */
  readonly #tls = new Map<string, TlsUse>();
  #goodbye: Promise<void> = Promise.resolve();

  constructor(manners: Manners, settings: DestinationSettings, signal: AbortSignal) {
    this.#manners = manners;
    this.#settings = settings;
    this.#signal = signal;
  }

  /** Works through the visit's agenda at the host's addresses until nothing is left of it or the host has failed. */
  async visit(host: MxHost, visit: HostVisit): Promise<void> {
    const failure = this.#failed.get(host.name) ?? (await this.#tryAddresses(host, visit));
    if (failure !== undefined) {
      this.#failed.set(host.name, failure);
      visit.hostFailed(failure.observed, failure.logs);
    }
    visit.over();
  }

  async #tryAddresses(host: MxHost, visit: HostVisit): Promise<HostFailure | undefined> {
    const ips = host.ips ?? (await this.#settings.lookup(host.name));
    if (!isAddressList(ips)) return neverDialled(host, ips);

    let failure: Observation | undefined;
    for (const ip of ips) {
      const observed = await this.#tryAddress({ host: host.name, ip }, visit);
      if (observed === undefined) return undefined;
      failure = mostTelling(failure, observed);
      if (isWordOfHost(observed)) break;
    }
    if (failure !== undefined) return { observed: failure, logs: visit.failures };
    return neverDialled(host, { type: 'failure', stage: 'dns', host: host.name, failure: 'no-mail-host' });
  }

  /** Holds sessions at one address; gives what made it useless, or undefined when nothing is left to do. */
  async #tryAddress(endpoint: Endpoint, visit: HostVisit): Promise<Observation | undefined> {
    let barren = 0;
    let strays = 0;
    while (visit.hasWork) {
      const ending = await this.#converse(endpoint, visit);
      const { observed, awaited, answers, isOutOfStep } = ending;
      if (isOutOfStep && ++strays >= MAX_BARREN_SESSIONS) return observed;
      if (this.#learnTls(endpoint.host, ending)) continue;
      barren = answers > 0 ? 0 : barren + 1;
      if (observed === undefined && this.#signal.aborted) return undefined; // hung up because of the drain
      if (observed === undefined && barren >= MAX_BARREN_SESSIONS)
        throw new Error('sessions that ask nobody');
      if (observed === undefined || (answers > 0 && !isLastWord(observed))) continue;
      if (awaited === undefined || barren >= MAX_BARREN_SESSIONS) return observed;
    }
    return undefined;
  }

  /**
   * Remembers that the host demands encryption, or that encryption does not work there. True when the session ended for
   * that reason, and another is to be held the other way: at most twice for a host.
   */
  #learnTls(host: string, { tls, observed }: Ending): boolean {
    const known = this.#tls.get(host);
    if (tls === 'none' || known === 'never') return false;
    const hasBroken = tls === 'begun' && observed?.type === 'failure';
    this.#tls.set(host, hasBroken ? 'never' : 'at-once');
    return hasBroken || (tls === 'demanded' && known === undefined);
  }

  async #converse(endpoint: Endpoint, visit: HostVisit): Promise<Ending> {
    // Not before the last session's goodbye is over: a host sees one connection of a job at a time.
    await this.#goodbye;
    const { port, localAddress } = this.#settings;
    const proxy = chooseProxy(endpoint.host, this.#settings);
    const through = proxy === undefined ? '' : ' (through the proxy)';
    const log = new SessionLog(`→ ${endpoint.host}[${endpoint.ip}]:${port}${through}`);
    visit.sessionBegins(endpoint, log);
    const tls = this.#tls.get(endpoint.host) ?? 'on-demand';
    const approach = { manners: this.#manners, tls, way: { localAddress, proxy } };
    const ending = await converse(endpoint, this.#settings, approach, visit, log, this.#signal);
    this.#goodbye = ending.closed;
    visit.sessionEnded(ending);
    return ending;
  }
}

/** True for a refusal that would be the same at the host's other addresses: a permanent one, and any of our sender. */
function isWordOfHost(observed: Observation): boolean {
  return observed.type === 'reply' && (observed.reply.code >= 500 || observed.stage === 'mail');
}

// A host may refuse MAIL for now because its share of transactions in a session is used up; a permanent refusal after
// answers is a change of mind, and to dial again would be to go round it.
function isLastWord(observed: Observation): boolean {
  return observed.type === 'reply' && observed.stage === 'mail' && observed.reply.code >= 500;
}

function isAddressList(answer: readonly string[] | FailureObservation): answer is readonly string[] {
  return Array.isArray(answer);
}
