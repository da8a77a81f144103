// Puts together what only a cycle with work needs: the router, the pool with its workers, the lists of local
// knowledge, the live view. Loaded when there is work.

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DnsWatch } from '../cycle/dns-watch.ts';
import { DestinationNotes, recordsOf } from '../cycle/destination-notes.ts';
import type { RunningWork } from '../cycle/run-cycle.ts';
import { sentences, type Story } from '../cycle/story.ts';
import { Work } from '../cycle/work.ts';
import { closeBatch } from '../files/batch-file.ts';
import { batchPaths, markCycle } from '../files/batch-paths.ts';
import { workerLogName } from '../files/log-names.ts';
import { fileStamp, systemClock } from '../platform/clock.ts';
import type { Config } from '../platform/config.ts';
import { workerEnvironment } from '../platform/environment.ts';
import { openSpareMeter } from '../platform/processors.ts';
import { parseAddress } from '../domain/address.ts';
import { closurePolicy } from '../domain/destination-state.ts';
import { DestinationPolicies, type PolicyOverride } from '../domain/destination-policy.ts';
import { Destinations } from '../pool/destinations.ts';
import { Pool } from '../pool/pool.ts';
import { Router } from '../smtp/resolve-route.ts';
import type { Store } from '../store/store.ts';
import type { Assignment } from '../worker/messages.ts';
import { loadLocalKnowledge } from './local-knowledge.ts';
import { watchOutput } from './output.ts';
import { WORKER_PROGRAM } from './program-files.ts';
import { planLimits } from './plan-limits.ts';
import { probeSettings, routerOptions } from './probe-settings.ts';
import { openProgressView } from './progress-view.ts';
import type { Witness } from './witness.ts';

// What is in flight at a signal gets this long: most replies come within a second or two, and an operator who
// stops a server waits for it.
const DRAIN_GRACE_MS = 8_000;

// With 128 each session of a worker that is busy waited four times as long as its host took to answer.
const SESSIONS_AT_FIRST = 64;

// Hosts that answer within some tens of milliseconds are done with a session by then.
const START_PATIENCE_MS = 300;
// By then what keeps the processors busy is somebody else, or the work is long enough to pay for a start.
const START_BUSY_PATIENCE_MS = 30_000;

interface WorkRequest {
  readonly config: Config;
  readonly store: Store;
  readonly story: Story;
  readonly cycleId: string;
  readonly onlyUser: number | undefined;
  readonly overrides: readonly PolicyOverride[];
  readonly witness: Pick<Witness, 'working'>;
}

export async function openWork(request: WorkRequest): Promise<RunningWork> {
  const { config, store, story, cycleId, onlyUser, overrides, witness } = request;
  const server = config.serverId;
  markCycle(config.storageDir, cycleId);
  const exclusions = await store.loadExclusions();
  if (exclusions.hidden.length > 0)
    story.cron(sentences.hiddenExclusions(exclusions.hidden), { hidden: exclusions.hidden });
  const knowledge = await loadLocalKnowledge(exclusions);
  const policies = new DestinationPolicies(overrides);
  const controlKey = await store.controlKey();
  const settings = probeSettings(config, controlKey, overrides);
  const redaction = { policy: config.logRedact, key: controlKey };
  const router = new Router(routerOptions(config, policies));
  const now = () => systemClock.now();
  const dns = new DnsWatch({
    route: (domain) => router.route(domain),
    routeAnew: (domain) => router.routeAnew(domain),
    ownDomain: domainOfSender(settings.mailFrom),
    now,
  });
  const known = await store.loadDestinations(server);
  const destinations = new Destinations(
    { policies, closures: closurePolicy(config.retryDelaysSeconds), now },
    recordsOf(known, now()),
  );
  const notes = new DestinationNotes({ store, server, destinations, now });
  const neverAsked = overrides.filter(({ probe }) => probe === 'never').map(({ of }) => of);
  if (neverAsked.length > 0) story.cron(sentences.neverAsked(neverAsked), { neverAsked });
  watchOutput();
  const view = openProgressView(process.stderr);

  const assignmentFor = (userId: number, workerId: number): Assignment => {
    const name = workerLogName(userId, workerId, fileStamp(systemClock.now()));
    return {
      cycleId,
      server,
      userId,
      workerId,
      batchFile: batchPaths(config.storageDir, cycleId, userId, workerId).batch,
      logFile: config.detailedLogging ? join(config.logDir, name) : undefined,
      redaction,
    };
  };
  const work = new Work({
    store,
    createPool: (listener) =>
      new Pool(
        {
          size: config.totalWorkersPool,
          starts: {
            first: availableParallelism(),
            sessions: SESSIONS_AT_FIRST,
            patienceMs: START_PATIENCE_MS,
            busyPatienceMs: START_BUSY_PATIENCE_MS,
            idleShare: openSpareMeter(),
          },
          workerEntry: WORKER_PROGRAM,
          env: workerEnvironment(),
          settings,
          limits: destinations,
          assignmentFor,
          graceMs: DRAIN_GRACE_MS,
        },
        listener,
      ),
    route: (domain) => dns.route(domain),
    noteDestinations: () => notes.write(),
    isProbed: (destination) => policies.of(destination).isProbed,
    knowledge,
    limits: planLimits(config),
    claimant: { server, cycleId },
    claimSeconds: config.claimSeconds,
    sharing: {
      isShared: config.shareVerdicts,
      reuse: { validSeconds: config.reuseValidSeconds, invalidSeconds: config.reuseInvalidSeconds },
      retryDelaysSeconds: config.retryDelaysSeconds,
    },
    onlyUser,
    story,
    now: () => systemClock.now(),
    closeBatch: ({ userId, workerId }) =>
      closeBatch(batchPaths(config.storageDir, cycleId, userId, workerId), systemClock),
    showProgress: (progress) => {
      view?.show(progress);
      witness.working(progress);
    },
  });
  return {
    stop: (cause) => work.stop(cause),
    kill: () => work.kill(),
    run: async (demands) => {
      try {
        return await work.run(demands);
      } finally {
        view?.close();
        router.close();
      }
    },
  };
}

/** As the DNS knows it. */
function domainOfSender(mailFrom: string): string {
  const address = parseAddress(mailFrom);
  return 'problem' in address ? mailFrom.slice(mailFrom.lastIndexOf('@') + 1) : address.domain;
}
