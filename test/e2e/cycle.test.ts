import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { MARK, DOMAIN_STATUS } from '../../src/domain/verdict.ts';
import { makeWorld, type ExpectedAddress, type World } from '../support/internet/world.ts';
import { hasMariadb, Installation, type Run } from './installation.ts';

interface Row {
  readonly id: number;
  readonly raw_emailid: string;
  readonly domain_processed: number;
  readonly domain_status: number;
  readonly domain_verified: number;
  readonly validation_status: string;
  readonly validation_response: string;
  readonly csv_list_id: number;
}

// Every kind of domain that there is, dead, silent and babbling ones among them.
const world: World = makeWorld({
  seed: 11,
  domains: 90,
  lists: [
    { userId: 5, addresses: 400 },
    { userId: 8, addresses: 200 },
    { userId: 13, addresses: 60 },
  ],
});
const expected: readonly ExpectedAddress[] = world.lists.flatMap(({ addresses }) => addresses);

const stores = [
  { database: 'mysql', isThere: hasMariadb() },
  { database: 'sqlite', isThere: true },
] as const;

describe.each(stores.filter(({ isThere }) => isThere))('a cycle on $database', ({ database }) => {
  let installation: Installation;
  let runs: Run[];
  let rows: readonly Row[];
  let mostWorkers = 0;

  beforeAll(async () => {
    installation = await Installation.make({
      database,
      world,
      latencyMs: 5,
      settings: { TOTAL_WORKERS_POOL: '18' },
    });
    const watch = setInterval(() => (mostWorkers = Math.max(mostWorkers, installation.workers().length)), 50);
    runs = await installation.runUntilDecided();
    clearInterval(watch);
    rows = await installation.database.query<Row>('SELECT * FROM emails ORDER BY id');
  }, 120_000);
  afterAll(async () => installation[Symbol.asyncDispose]());

  it('comes to the verdict that every address was scripted to have', () => {
    expect(rows.map((row) => [row.raw_emailid, row.validation_status])).toEqual(
      expected.map(({ email, verdict }) => [email, verdict]),
    );
  });

  it('fills the columns as the CRM reads them', () => {
    rows.forEach((row, index) => {
      const { verdict, ip } = expected[index]!;
      expect(row).toMatchObject({ domain_processed: 1, domain_status: DOMAIN_STATUS[verdict] });
      if (ip !== undefined) expect(row.validation_response).toBe(ip);
      expect(row.validation_response).toMatch(/^[^\p{Cc}]{1,500}$/u);
    });
    const silent = rows.filter((_, index) => expected[index]!.reason === 'timeout');
    const dead = rows.filter((_, index) => expected[index]!.reason === 'connection-refused');
    expect(silent.length).toBeGreaterThan(0);
    expect(dead.length).toBeGreaterThan(0);
    for (const row of silent) expect(row.validation_response).toMatch(/^timeout: /);
    for (const row of dead) expect(row.validation_response).toMatch(/^Connection refused: /);
    for (const row of [...silent, ...dead]) expect(row.domain_verified).toBe(0);
    for (const row of rows.filter((_, index) => expected[index]!.reason === 'mailbox-not-found')) {
      expect(row.domain_verified).toBe(1);
    }
  });

  it('completes the lists with exact counts', async () => {
    const lists = await installation.database.query(
      'SELECT id, status, total_emails, valid_count, invalid_count FROM csv_list ORDER BY id',
    );

    expect(lists).toEqual(
      world.lists.map(({ addresses }, index) => ({
        id: index + 1,
        status: 'completed',
        total_emails: addresses.length,
        valid_count: addresses.filter(({ verdict }) => DOMAIN_STATUS[verdict] === 1).length,
        invalid_count: addresses.filter(({ verdict }) => DOMAIN_STATUS[verdict] === 0).length,
      })),
    );
  });

  it('prints one summary line a cycle with work, and nothing else', () => {
    const working = runs.filter(({ stdout }) => stdout !== '');
    expect(working.length).toBeGreaterThan(0);
    for (const { exitCode, stdout, stderr } of working) {
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toMatch(
        /^Cycle completed: \d+ emails? of \d users? decided in [\d.]+ s \(\d+ emails\/minute\): Valid=\d+, Invalid=\d+.*\n$/,
      );
    }
  });

  it('tells its story in the cron log and the users’ logs, as the guide has it', () => {
    const stamp = String.raw`^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] `;
    const cron = installation.logLines(/^smtp_validation_cron_/);
    for (const line of cron) expect(line).toMatch(new RegExp(stamp));
    const texts = cron.map((line) => line.slice(22));
    expect(texts).toEqual(
      expect.arrayContaining([
        '=== MULTI-USER SMTP VALIDATION CRON START ===',
        'Database connected successfully',
        'Max concurrent users: 3',
        'Total workers pool: 18',
        'Found 3 active user(s) with pending emails:',
        '  - User ID 5: 400 pending emails',
        expect.stringMatching(/^User 5: Allocated \d+ workers for 400 emails$/),
        'List 1 completed: 400 emails, ' + countsOf(world, 0),
      ]),
    );

    const user = installation.logLines(/^user_5_\d{4}/).map((line) => line.slice(22));
    expect(user.slice(0, 3)).toEqual([
      '[User 5] ======= PROCESSING USER 5 =======',
      expect.stringMatching(/^\[User 5\] Allocated workers: \d+$/),
      '[User 5] Found 400 emails to validate',
    ]);
    expect(user[3]).toMatch(
      /^\[User 5\] DYNAMIC ALLOCATION: 400 emails → \d+ workers \(~\d+ emails\/worker\)$/,
    );
    expect(user).toContainEqual(
      expect.stringMatching(/^\[User 5 \| Worker \d+\] Spawned successfully \(processing emails 0 to \d+\)$/),
    );
  });

  it('writes a line for every address', () => {
    const lines = installation.logLines(/^user_\d+_worker_/).filter((line) => line.includes(' EMAIL: '));
    const decided = new Map<string, string>();
    for (const line of lines) {
      const [, mark, email, status] =
        /^\[[^\]]+\] (.) EMAIL: (.*?) \| STATUS: ([a-z-]+) \| RESPONSE: /u.exec(line) ?? [];
      expect(line).toMatch(/ \| RESPONSE: .* \| REASON: [a-z-]+/);
      expect(mark).toBe(MARK[status as keyof typeof MARK]);
      if (status !== 'deferred') decided.set(email!, status!);
    }

    const printable = expected.filter(({ email }) => /^[\x21-\x7E]+$/.test(email) && !email.includes('|'));
    for (const { email, verdict } of printable) expect([email, decided.get(email)]).toEqual([email, verdict]);
    expect(lines.filter((line) => line.includes('STATUS: valid ')).length).toBe(
      expected.filter(({ verdict }) => verdict === 'valid').length,
    );
  });

  it('opens a worker’s log with its header, and ends it with its summary', () => {
    const lines = installation.logLines(/^user_8_worker_1_/);

    expect(lines.slice(0, 6)).toEqual([
      '=== WORKER LOG STARTED ===',
      'Worker ID: 1',
      'User ID: 8',
      expect.stringMatching(/^Process ID: \S+$/),
      expect.stringMatching(/^Started: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      '=========================',
    ]);
    expect(lines[6]).toMatch(
      / \[User 8 \| Worker 1\] Processing emails from index 0 to (\d+) \(\1 emails\)$/,
    );
    expect(lines.at(-1)).toMatch(/ \[User 8 \| Worker 1\] Processed \d+ emails: Valid=\d+, Invalid=\d+/);
  });

  it('leaves whole batch files that hold one result an address, and no journal', () => {
    const batches = installation.batchFiles();
    for (const batch of batches) {
      expect(batch.processed).toBe(batch.results.length);
      expect(Object.values(batch.counts).reduce((sum, count) => sum + count, 0)).toBe(batch.processed);
      expect(Object.keys(batch.results[0] ?? {})).toEqual([
        'id',
        'list_id',
        'email',
        'status',
        'reason',
        'code',
        'enhanced',
        'response',
        'mx',
        'ip',
        'attempt',
        'ms',
        'flags',
      ]);
    }
    const final = batches.flatMap(({ results }) => results).filter(({ status }) => status !== 'deferred');
    expect(final.map(({ id }) => id).toSorted((a, b) => Number(a) - Number(b))).toEqual(
      rows.map(({ id }) => id),
    );
    for (const { id, status, reason } of final) {
      const address = expected[Number(id) - 1]!;
      expect([address.email, status, told(address, reason)]).toEqual([
        address.email,
        address.verdict,
        address.reason,
      ]);
    }
    expect(installation.journals()).toEqual([]);
  });

  it('never has more workers alive than the pool has places', () => {
    expect(mostWorkers).toBeGreaterThan(3);
    expect(mostWorkers).toBeLessThanOrEqual(18);
    expect(installation.workers()).toEqual([]);
  });

  it('does nothing to mail servers that it may not, and says nothing when there is nothing to do', async () => {
    expect(installation.internet.witness.violations()).toEqual([]);
    const asked = installation.internet.witness.events.length;

    const idle = await installation.run([]);

    expect(idle).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(installation.internet.witness.events.length).toBe(asked);
    expect(installation.logLines(/^smtp_validation_cron_/).at(-1)).toContain('No users with pending emails');
  });

  it('leaves no claim and nothing waiting', async () => {
    expect(await installation.database.query('SELECT * FROM svc_row')).toEqual([]);
  });
});

/** Where the control recipient was still greylisted when the address had passed, the reason says so. */
function told({ kind }: ExpectedAddress, reason: unknown): unknown {
  return kind === 'greylisting' && reason === 'catch-all-unknown' ? 'accepted' : reason;
}

function countsOf({ lists }: World, index: number): string {
  const count = (status: 0 | 1): number =>
    lists[index]!.addresses.filter(({ verdict }) => DOMAIN_STATUS[verdict] === status).length;
  return `valid ${count(1)}, invalid ${count(0)}`;
}
