// The smtp-worker program. Ties the worker to its process: the channel to the parent, signals, the exit code.
// The only place of the worker that may exit. Node built-ins only, since fifty of these are started at once.

import { writeSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';
import { DestinationPolicies } from '../domain/destination-policy.ts';
import { DEFAULT_MANNERS } from '../domain/providers.ts';
import { systemClock } from '../platform/clock.ts';
import { EXIT } from '../platform/operational-error.ts';
import { OwnMeans } from '../smtp/own-means.ts';
import { probeDestination } from '../smtp/probe-destination.ts';
import { Router, troubleMsFor } from '../smtp/resolve-route.ts';
import { ALIVE_EVERY_MS, type FromWorker, type ProbeSettings } from './messages.ts';
import { Worker, type Probing } from './worker.ts';

// Only hosts further down a preference list are looked up here, while a connection waits for them.
const DNS_TIMEOUT_MS = 3_000;
const DNS_TRIES = 2;

if (process.send === undefined) {
  complain('error: smtp-worker is started by smtp-validate-cron and does nothing by itself');
  process.exit(EXIT.usage);
}
// First of all: whatever goes wrong from here on ends with its stack and a number that says that it is a bug.
process.on('uncaughtException', (error) => {
  complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(EXIT.bug);
});

// Workers take whatever time the processors have, and what feeds all of them, the parent and the database, little: that goes first.
const NICER_BY = 5;
const COLLECT_EVERY_MS = 10_000;
giveWay();

let hasWorked = false;
const worker = new Worker({
  send,
  exit: (code) => process.exit(code),
  setTitle: (title) => {
    process.title = title;
  },
  createProbe,
  clock: systemClock,
  random: Math.random,
  pid: process.pid,
});

process.on('message', (message) => void worker.receive(message));
process.on('disconnect', () => worker.abandon());
process.on('SIGTERM', () => void worker.drain());
// Ctrl-C and a closed terminal reach the whole process group; the parent decides what they mean.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
setInterval(() => void send({ type: 'alive' }), ALIVE_EVERY_MS).unref();
void send({ type: 'ready' });
// One of many is to be small, and V8 by itself collects only when it has grown by half. It takes some 15 ms.
const { gc: collect } = globalThis;
if (collect !== undefined) setInterval(() => void collect(), COLLECT_EVERY_MS).unref();

function createProbe(settings: ProbeSettings): Probing {
  const { dnsServers: servers, allowPrivateMx, ipFamily } = settings;
  const router = new Router({
    servers,
    allowPrivateMx,
    ipFamily,
    timeoutMs: DNS_TIMEOUT_MS,
    tries: DNS_TRIES,
    random: Math.random,
    troubleMs: troubleMsFor(settings.retryDelaysSeconds),
  });
  const means = new OwnMeans();
  const policies = new DestinationPolicies(settings.policies);
  const destinationSettings = { ...settings, means, lookup: (host: string) => router.addressesOf(host) };
  return {
    probe: (job, report, drain, progress) =>
      probeDestination(job, destinationSettings, report, drain, progress),
    mannersOf: ([best]) => (best === undefined ? DEFAULT_MANNERS : policies.mannersFor(best.name)),
    destinationOf: (host) => policies.destinationOf(host),
    isProbed: (destination) => policies.of(destination).isProbed,
  };
}

// A sandbox may forbid it, as systemd's does with SystemCallFilter=~@resources: then everybody has the same turn.
function giveWay(): void {
  try {
    setPriority(Math.min(getPriority() + NICER_BY, constants.priority.PRIORITY_LOW));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SYSTEM_ERROR') throw error;
  }
}

/** For start.ts: the code of a worker that has worked is the one to keep. */
export function isWorthKeeping(): boolean {
  return hasWorked;
}

// An error here means that the parent is gone, which `disconnect` tells.
function send(message: FromWorker): Promise<void> {
  hasWorked ||= message.type === 'finished' && message.processed > 0;
  return new Promise((resolve) => process.send?.(message, undefined, {}, () => resolve()));
}

function complain(text: string): void {
  try {
    writeSync(2, `${text}\n`);
  } catch {
    // Nobody reads it any more; the exit code still tells.
  }
}
