// What a destination said in one cycle holds in the next: the built program, two cycles, and the hosts' own log.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { World, WorldHost, WorldList } from '../support/internet/world.ts';
import type { Zone } from '../support/internet/zone.ts';
import { hasMariadb, Installation, type Run } from './installation.ts';

const BLOCKED = '554 5.7.1 Client host blocked using zen.spamhaus.org';

const hosts: readonly WorldHost[] = [
  { name: 'mx.angry.test', ip: '127.0.91.1', script: { greeting: BLOCKED } },
  { name: 'mx.calm.test', ip: '127.0.91.2', script: { rcpt: '250 2.1.5 ok' } },
  { name: 'mx.private.test', ip: '127.0.91.3', script: { rcpt: '250 2.1.5 ok' } },
].map((host) => ({ ...host, script: { ...host.script, name: host.name } }));
const domains = { angry: 30, calm: 3, private: 1 };
const zone: Record<string, Zone[string]> = Object.fromEntries(
  hosts.map(({ name, ip }) => [name, { a: [ip] }]),
);
for (const [kind, count] of Object.entries(domains))
  for (let at = 0; at < count; at++)
    zone[`${kind}${at}.test`] = { mx: [{ preference: 10, exchange: `mx.${kind}.test` }] };

function list(name: string, kinds: Readonly<Record<string, number>>): WorldList {
  const addresses = Object.entries(kinds).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, index) => ({
      email: `${name}${index}@${kind}${index % domains[kind as keyof typeof domains]}.test`,
      kind,
      verdict: 'unknown' as const,
      reason: 'policy-block' as const,
    })),
  );
  return { userId: 5, name, addresses };
}

interface Told {
  readonly destinations: readonly Readonly<Record<string, unknown>>[];
  readonly pauses: readonly Readonly<Record<string, unknown>>[];
}

const databases = [
  { database: 'mysql', isThere: hasMariadb() },
  { database: 'sqlite', isThere: true },
] as const;

describe.each(databases.filter(({ isThere }) => isThere))('destinations on $database', ({ database }) => {
  const world: World = {
    zone,
    hosts,
    lists: [list('one', { angry: 900, calm: 60, private: 4 })],
    excludedAccounts: [],
    excludedDomains: [],
  };
  let installation: Installation;
  let runs: Run[];
  let connections: number[];

  const count = async (where: string) => {
    const [row] = await installation.database.query<{ n: number }>(
      `SELECT COUNT(*) AS n FROM emails ${where}`,
    );
    return Number(row!.n);
  };
  const seen = (host: string) => installation.internet.witness.tallyOf(host).connections;

  beforeAll(async () => {
    installation = await Installation.make({
      database,
      world,
      settings: { RETRY_DELAYS_SECONDS: '300,900', TOTAL_WORKERS_POOL: '15' },
    });
    mkdirSync(join(installation.folder, 'config'));
    writeFileSync(
      join(installation.folder, 'config/providers.json'),
      '[{ "host": "mx.private.test", "probe": "never" }]',
    );
    const first = await installation.run([]);
    connections = [seen('mx.angry.test')];
    await installation.database.execute(
      "INSERT INTO csv_list (id, user_id, list_name, total_emails) VALUES (2, 5, 'two', 41)",
    );
    for (const { email } of list('two', { angry: 40, calm: 1 }).addresses)
      await installation.database.execute(
        'INSERT INTO emails (raw_emailid, csv_list_id, user_id) VALUES (?, 2, 5)',
        [email],
      );
    const second = await installation.run([]);
    connections.push(seen('mx.angry.test'));
    runs = [first, second];
  }, 120_000);
  afterAll(async () => installation[Symbol.asyncDispose]());

  it('that block us end a cycle for their rows, whatever the number of workers, and nothing else', async () => {
    expect(runs.map(({ stderr }) => stderr)).toEqual(['', '']);
    expect(connections[0]).toBeGreaterThan(0);
    expect(connections[0]).toBeLessThanOrEqual(3); // two at once, and one that had the place of the first
    expect(await count("WHERE raw_emailid LIKE '%@calm%' AND domain_processed = 1")).toBe(61);
    expect(await count("WHERE raw_emailid LIKE '%@angry%' AND domain_processed = 1")).toBe(0);
  });

  it('are left alone by the next cycle too, which puts new rows off without an attempt', async () => {
    const fresh = await installation.database.query<{ attempts: number; wait: number }>(
      `SELECT attempts, due_at - ${installation.database.dialect.now} AS wait FROM svc_row r
       JOIN emails e ON e.id = r.row_id WHERE e.csv_list_id = 2`,
    );

    expect(connections[1]).toBe(connections[0]);
    expect(fresh).toHaveLength(40);
    for (const { attempts, wait } of fresh) {
      expect(Number(attempts)).toBe(0);
      expect(Number(wait)).toBeGreaterThan(3000);
      expect(Number(wait)).toBeLessThanOrEqual(3600);
    }
  });

  it('are told of by "providers", with why and until when, and by the log', async () => {
    await installation.run([
      'pause',
      'provider',
      'mx.private.test',
      '--reason',
      'their postmaster called us, and was '.repeat(3),
    ]);
    const { stdout } = await installation.run(['providers']);
    const pauses = await installation.run(['pauses']);
    const json = JSON.parse((await installation.run(['providers', '--json'])).stdout) as Told;

    expect(json.destinations).toContainEqual(
      expect.objectContaining({
        destination: 'mx.angry.test',
        server: installation.server,
        state: 'closed',
        connections: 0,
        closed_by: 'block',
        said: BLOCKED,
      }),
    );
    expect(stdout).toMatch(/^mx\.angry\.test .* 0\/8 /m);
    expect(stdout).toMatch(/left alone until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \(\d+ min\): it blocks us,/);
    expect(stdout).toMatch(
      /^Paused:\n {2}provider mx\.private\.test: since .*\n {4,}[\s\S]*their postmaster called us/,
    );
    expect(json.pauses).toMatchObject([{ kind: 'provider', name: 'mx.private.test', until: null }]);
    for (const line of `${stdout}${pauses.stdout}`.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    await installation.run(['resume', 'provider', 'mx.private.test']);
    expect(
      installation.logLines(/^smtp_validation_cron_/).filter((line) => line.includes('blocks us')),
    ).toHaveLength(1);
  });

  it('that are never to be asked decide their rows as unknown, and see nobody', async () => {
    const decided = await count(
      "WHERE raw_emailid LIKE '%@private%' AND domain_processed = 1 AND validation_status = 'unknown' AND validation_response LIKE 'Not asked: mx.private.test%'",
    );

    expect([decided, seen('mx.private.test')]).toEqual([4, 0]);
  });

  it('refuse a file of wishes that is not as it should be, before anything is begun', async () => {
    writeFileSync(
      join(installation.folder, 'config/providers.json'),
      '[{ "host": "mx.private.test", "probe": "nver" }]',
    );

    const { exitCode, stderr } = await installation.run([]);

    expect([exitCode, stderr]).toEqual([
      78,
      expect.stringMatching(
        /config\/providers\.json is invalid[\s\S]*entry 1, probe: "nver": expected always or never/,
      ),
    ]);
  });
});
