// A pool of real workers in front of mail hosts on loopback that write down what they see: for tests in which what the hosts
// themselves count decides.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DestinationPolicies, type PolicyOverride } from '../../src/domain/destination-policy.ts';
import { closurePolicy } from '../../src/domain/destination-state.ts';
import type { ProbeRow } from '../../src/domain/row.ts';
import { batchPaths } from '../../src/files/batch-paths.ts';
import { Destinations, type DestinationRecord } from '../../src/pool/destinations.ts';
import { Pool } from '../../src/pool/pool.ts';
import type { SliceWork } from '../../src/worker/messages.ts';
import { startMxHost, type MxHost } from '../support/internet/mx-host.ts';
import type { MxScript } from '../support/internet/mx-script.ts';
import { settings } from '../worker/equipment.ts';
import { record, type Record } from './recorder.ts';

export const CYCLE = '20261124T044412123Z-server1';

const PATIENCE = { replyTimeoutMs: 60_000, connectTimeoutMs: 60_000, sessionDeadlineMs: 100_000 };

export interface GroundOptions {
  readonly overrides?: readonly PolicyOverride[];
  /** What is known of destinations from before. */
  readonly known?: readonly DestinationRecord[];
}

export class PoliteGround implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'polite-'));
  readonly told: Record = record();
  readonly hosts: MxHost[] = [];
  readonly #workerEntry: string;
  #pool: Pool | undefined;
  #port = 0;
  #lastId = 0;

  constructor(workerEntry: string) {
    this.#workerEntry = workerEntry;
  }

  get pool(): Pool {
    if (this.#pool === undefined) throw new Error('the pool is not open');
    return this.#pool;
  }

  /** Rows made so far; their ids count up from 1. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Starts a host: each on an address of its own, all at one port. */
  async host(name: string, script: MxScript): Promise<MxHost> {
    const ip = `127.0.77.${this.hosts.length + 1}`;
    const started = await startMxHost({ name, mailboxes: {}, ...script }, { ip, port: this.#port });
    this.#port = started.port;
    this.hosts.push(started);
    return started;
  }

  open(size: number, users: readonly number[], { overrides = [], known = [] }: GroundOptions = {}): void {
    const policies = new DestinationPolicies(overrides);
    const closures = closurePolicy(settings.retryDelaysSeconds);
    this.#pool = new Pool(
      {
        size,
        workerEntry: this.#workerEntry,
        env: { PATH: process.env['PATH'] ?? '' },
        settings: { ...settings, ...PATIENCE, port: this.#port, policies: overrides },
        limits: new Destinations({ policies, closures, now: () => performance.now() }, known),
        assignmentFor: (userId, workerId) => ({
          cycleId: CYCLE,
          server: 'server1',
          userId,
          workerId,
          batchFile: batchPaths(this.folder, CYCLE, userId, workerId).batch,
          logFile: undefined,
        }),
      },
      this.told,
    );
    this.#pool.setShares(new Map(users.map((userId) => [userId, Math.ceil(size / users.length)])));
  }

  /** So many rows of a domain. Nobody there exists but who is called `real…`. */
  rowsOf(domain: string, count: number): ProbeRow[] {
    return Array.from({ length: count }, () => {
      const id = ++this.#lastId;
      const address = { local: `real.${id}`, domain };
      const email = `${address.local}@${domain}`;
      return {
        id,
        listId: 4,
        email,
        attempts: 0,
        throttles: 0,
        token: 't',
        target: { type: 'mailbox', address },
      };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool?.kill();
    for (const one of this.hosts) await one.close();
    rmSync(this.folder, { recursive: true });
  }
}

/** What a route needs of a host. */
export type Target = Pick<MxHost, 'name' | 'ip'>;

/** Work whose rows' mail goes to the hosts named beside them, the best first. */
export function sliceFor(
  parts: readonly (readonly [at: Target | readonly Target[], rows: readonly ProbeRow[]])[],
  destination?: string,
): SliceWork {
  const routes = parts.flatMap(([at, rows]) => {
    const targets = [at].flat();
    const hosts = targets.map(({ name, ip }) => ({ name, ips: [ip] }));
    const route = { type: 'hosts', hosts, destination: destination ?? targets[0]!.name } as const;
    return rows.flatMap(({ target }) =>
      target.type === 'mailbox' ? [[target.address.domain, route] as const] : [],
    );
  });
  return { rows: parts.flatMap(([, rows]) => rows), routes: Object.fromEntries(routes), catchAll: {} };
}

/** Accepts whoever is called `real…`. */
export const acceptReal = (address: string): string =>
  address.startsWith('real.') ? '250 2.1.5 ok' : '550 5.1.1 no such user';

export const openAt = ({ witness, name }: MxHost): number => witness.tallyOf(name).open;
