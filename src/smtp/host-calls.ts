// The sessions of one job, one after the other: at which of a host's addresses, how often, whether encrypted and through
// which proxy, and which hosts failed in it. What happens in a session is conversation.ts; which host comes next
// probe-destination.ts.

import { setTimeout as sleep } from 'node:timers/promises';
import type { FailureObservation, Observation } from '../domain/observation.ts';
import type { Manners } from '../domain/providers.ts';
import type { MxHost } from '../domain/route.ts';
import { chooseProxy, type Proxies } from './choose-proxy.ts';
import { converse, type CallSettings, type Ending, type Endpoint } from './conversation.ts';
import type { TlsUse } from './dialogue-state.ts';
import type { HostVisit } from './host-visit.ts';
import { OwnMeans } from './own-means.ts';
import { hasLeft } from './leave.ts';
import { SessionLog } from './session-log.ts';
import { mostTelling } from './weigh-answer.ts';

export interface HostCallSettings extends CallSettings, Proxies {
  /** The address of ours to dial from; the system's choice when undefined. */
  readonly localAddress?: string | undefined;
  /** Shared by all jobs of a process. */
  readonly means?: OwnMeans | undefined;
  /** Looks up the checked addresses of a host whose turn has come. */
  readonly lookup: (hostName: string) => Promise<readonly string[] | FailureObservation>;
}

/** Sessions in a row that a host may end without an answer to any RCPT before it is given up. */
const MAX_BARREN_SESSIONS = 2;

/**
 * Between the end of a connection as we see it and the next one: the host notices a little later, and counts both until
 * then. A host in Node counts a connection out after whatever came in the same turn of its event loop.
 */
const AFTERMATH_MS = 25;

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

export class HostCalls {
  readonly #manners: Manners;
  readonly #settings: HostCallSettings;
  readonly #means: OwnMeans;
  readonly #signal: AbortSignal;
  readonly #failed = new Map<string, HostFailure>();
  /** What is known of hosts that demanded encryption. */
  readonly #tls = new Map<string, TlsUse>();
  /** Hosts whose replies to several commands at once did not add up. */
  readonly #oneByOne = new Set<string>();
  /** Hosts that hang up on EHLO. */
  readonly #heloOnly = new Set<string>();
  #goodbye: Promise<void> = Promise.resolve();

  constructor(manners: Manners, settings: HostCallSettings, signal: AbortSignal) {
    this.#manners = manners;
    this.#settings = settings;
    this.#means = settings.means ?? new OwnMeans();
    this.#signal = signal;
  }

  /** Resolves when no connection of the job is left. */
  get goodbye(): Promise<void> {
    return this.#goodbye;
  }

  /** Works through the visit's agenda at the host's addresses until nothing is left of it or the host has failed. */
  async visit(host: MxHost, visit: HostVisit): Promise<void> {
    const failure = this.#failed.get(host.name) ?? (await this.#tryAddresses(host, visit));
    // Whoever was turned away for now, and is not to come again, has nothing to tell of those that it came for.
    if (failure !== undefined && !(hasLeft(this.#signal) && isForNow(failure.observed))) {
      this.#failed.set(host.name, failure);
      visit.hostFailed(failure.observed, failure.logs);
    }
    visit.over();
  }

  async #tryAddresses(host: MxHost, visit: HostVisit): Promise<HostFailure | undefined> {
    const ips = host.ips ?? (await this.#settings.lookup(host.name));
    if (!isAddressList(ips)) return neverDialled(host, ips);

    const begunAt = performance.now(); // a host that took a session's time has had it at all its addresses
    let failure: Observation | undefined;
    for (const ip of ips) {
      const observed = await this.#tryAddress({ host: host.name, ip }, visit);
      if (observed === undefined) return undefined;
      failure = mostTelling(failure, observed);
      if (isWordOfHost(observed) || performance.now() - begunAt > this.#settings.sessionDeadlineMs) break;
    }
    if (failure !== undefined) return { observed: failure, logs: visit.failures };
    return neverDialled(host, { type: 'failure', stage: 'dns', host: host.name, failure: 'no-mail-host' });
  }

  /** Holds sessions at one address; gives what made it useless, or undefined when nothing is left to do. */
  async #tryAddress(endpoint: Endpoint, visit: HostVisit): Promise<Observation | undefined> {
    let barren = 0;
    while (visit.hasWork) {
      const ending = await this.#converse(endpoint, visit);
      const { observed, awaited, answers, lack } = ending;
      if (lack !== undefined) {
        await this.#means.wait(lack, this.#settings.sessionDeadlineMs, this.#signal);
        continue;
      }
      this.#means.sufficed();
      if (this.#learnTls(endpoint.host, ending)) continue;
      if (ending.wantsHelo) {
        this.#heloOnly.add(endpoint.host); // RFC 5321 §3.2: in a session of its own, and once
        continue;
      }
      barren = answers > 0 ? 0 : barren + 1;
      if (ending.doubt !== undefined && !this.#oneByOne.has(endpoint.host)) {
        this.#oneByOne.add(endpoint.host);
        continue;
      }
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
    const pipelines = !this.#oneByOne.has(endpoint.host);
    const saysEhlo = !this.#heloOnly.has(endpoint.host);
    const approach = { manners: this.#manners, tls, pipelines, saysEhlo, way: { localAddress, proxy } };
    const ending = await converse(endpoint, this.#settings, approach, visit, log, this.#signal);
    this.#goodbye = ending.closed.then(() => sleep(AFTERMATH_MS));
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

function isForNow(observed: Observation): boolean {
  return observed.type === 'reply' && observed.reply.code < 500;
}

function isAddressList(answer: readonly string[] | FailureObservation): answer is readonly string[] {
  return Array.isArray(answer);
}
