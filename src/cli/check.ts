// The command `check`: verifies addresses without any database, in this process, with the very code that workers
// run. A line an address, in the order in which answers come.

import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { piecesOf } from '../domain/pieces.ts';
import { preCheck } from '../domain/pre-check.ts';
import { DestinationPolicies, unlessNeverAsked } from '../domain/destination-policy.ts';
import { DEFAULT_MANNERS } from '../domain/providers.ts';
import type { Result } from '../domain/result.ts';
import type { Route } from '../domain/route.ts';
import type { ProbeRow } from '../domain/row.ts';
import { DOMAIN_STATUS, type Verdict } from '../domain/verdict.ts';
import { loadConfig } from '../platform/config.ts';
import { OperationalError } from '../platform/operational-error.ts';
import { Places } from '../platform/places.ts';
import { OwnMeans } from '../smtp/own-means.ts';
import { probeDestination } from '../smtp/probe-destination.ts';
import { Router } from '../smtp/resolve-route.ts';
import type { Onward, Slice } from '../worker/messages.ts';
import { runSlice, type SliceTools } from '../worker/run-slice.ts';
import { sendAllOn } from '../worker/send-on.ts';
import { boundedLines } from './bounded-lines.ts';
import { checkLine } from './check-line.ts';
import { loadLocalKnowledge } from './local-knowledge.ts';
import { printLine } from './output.ts';
import { loadPolicyOverrides } from './policies.ts';
import { probeSettings, routerOptions } from './probe-settings.ts';

/** Exit codes of `check`. */
const CHECKED = { allValid: 0, someUndeliverable: 2, someUnknown: 3 } as const;
const ADDRESSES_AT_ONCE = 200;
/** No address is that long: what was cut is told as one that has the wrong syntax. */
const MAX_LINE_BYTES = 4096;

export interface CheckOptions {
  readonly addresses: readonly string[];
  /** `-` for stdin. */
  readonly file: string | undefined;
  readonly isJson: boolean;
}

/** Verifies all addresses; exits 0 when all are valid, 2 when some are not deliverable, 3 when some are unknown. */
export async function checkCommand(options: CheckOptions): Promise<number> {
  if (options.addresses.length === 0 && options.file === undefined) {
    throw new OperationalError(
      'USAGE',
      'check: no address given; expected addresses, or --file with a path or -',
    );
  }
  const config = loadConfig({ cwd: process.cwd() });
  const overrides = await loadPolicyOverrides();
  const policies = new DestinationPolicies(overrides);
  const controlKey = randomBytes(16).toString('hex');
  const settings = { ...probeSettings(config, controlKey, overrides), retryDelaysSeconds: [] };
  const router = new Router(routerOptions(config, policies));
  const means = new OwnMeans();
  const knowledge = await loadLocalKnowledge();
  const seen = new Set<Verdict>();

  const verify = async (addresses: readonly string[], firstId: number): Promise<void> => {
    const rows = addresses.map((email, index) =>
      preCheck(
        { id: firstId + index, listId: undefined, email, attempts: 0, throttles: 0, token: '' },
        knowledge,
      ),
    );
    const routes = await routesOf(rows, router);
    const results: Result[] = [];
    let printing = Promise.resolve();
    const tools = {
      probe: (job, report, drain, progress) =>
        probeDestination(
          job,
          { ...settings, means, lookup: (host) => router.addressesOf(host) },
          report,
          drain,
          progress,
        ),
      mannersOf: ([best]) => (best === undefined ? DEFAULT_MANNERS : policies.mannersFor(best.name)),
      destinationOf: (host) => policies.destinationOf(host),
      isProbed: (destination) => policies.of(destination).isProbed,
      policy: settings,
      places: new Places(settings.maxSessions),
      deliver: ({ results: more }) => {
        results.push(...more);
        for (const result of more)
          printing = printing.then(() => printLine(checkLine(result, options.isJson)));
      },
      random: Math.random,
      drain: new AbortController().signal,
    } satisfies Omit<SliceTools, 'goOn'>;
    let slice: Slice | undefined = {
      sliceId: firstId,
      from: 0,
      to: rows.length,
      rows: rows.map((row) => {
        const route = row.target.type === 'mailbox' ? routes[row.target.address.domain] : undefined;
        return unlessNeverAsked(row, route, tools.isProbed);
      }),
      routes,
      catchAll: {},
    };
    // Rows that go on to another destination do so when nobody is connected to any more: none sees two connections.
    while (slice !== undefined) {
      const onward: Onward[] = [];
      await runSlice(slice, { ...tools, goOn: (more) => onward.push(more) });
      slice = onward.length === 0 ? undefined : sendAllOn(slice, onward);
    }
    await printing;
    for (const { status } of results) seen.add(status as Verdict);
  };

  try {
    let count = 0;
    for await (const batch of batches(options)) {
      await verify(batch, count + 1);
      count += batch.length;
    }
  } finally {
    router.close();
  }
  return exitCodeOf(seen);
}

async function routesOf(rows: readonly ProbeRow[], router: Router): Promise<Record<string, Route>> {
  const domains = new Set(
    rows.flatMap(({ target }) => (target.type === 'mailbox' ? target.address.domain : [])),
  );
  return Object.fromEntries(
    await Promise.all([...domains].map(async (domain) => [domain, await router.route(domain)])),
  );
}

async function* batches({ addresses, file }: CheckOptions): AsyncGenerator<readonly string[]> {
  yield* piecesOf(addresses, ADDRESSES_AT_ONCE);
  if (file === undefined) return;
  let waiting: string[] = [];
  for await (const line of linesOf(file)) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    waiting.push(line);
    if (waiting.length < ADDRESSES_AT_ONCE) continue;
    yield waiting;
    waiting = [];
  }
  if (waiting.length > 0) yield waiting;
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  try {
    for await (const { text } of boundedLines(input, MAX_LINE_BYTES)) yield text;
  } catch (cause) {
    throw new OperationalError(
      'USAGE',
      `check: cannot read ${JSON.stringify(file)}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

function exitCodeOf(seen: ReadonlySet<Verdict>): number {
  const statuses = new Set([...seen].map((verdict) => DOMAIN_STATUS[verdict]));
  if (statuses.has(0)) return CHECKED.someUndeliverable;
  if (statuses.has(2)) return CHECKED.someUnknown;
  return CHECKED.allValid;
}
