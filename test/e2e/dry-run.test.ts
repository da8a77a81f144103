import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeWorld, type World } from '../support/internet/world.ts';
import { hasMariadb, Installation } from './installation.ts';

const LEGACY_SCHEMA = readFileSync('test/fixtures/legacy-schema.sql', 'utf8');

// Worlds whose lists are as long as the contract's examples; nobody is asked in a dry run.
function worldOf(...lists: readonly (readonly [userId: number, addresses: number])[]): World {
  return makeWorld({
    seed: 1,
    domains: 40,
    lists: lists.map(([userId, addresses]) => ({ userId, addresses })),
  });
}

async function legacyInstallation(world: World): Promise<Installation> {
  const installation = await Installation.make({ database: 'mysql', world, legacy: true });
  for (const statement of LEGACY_SCHEMA.split(/;\s*$/m).filter((sql) => sql.trim() !== '')) {
    await installation.database.execute(statement);
  }
  await installation.importLists(world.lists);
  return installation;
}

describe.skipIf(!hasMariadb())('run --dry-run on the tables in production', () => {
  it.each([
    {
      lists: [
        [5, 1500],
        [8, 800],
      ],
      shares: ['User 5: Allocated 28 workers for 1500 emails', 'User 8: Allocated 22 workers for 800 emails'],
    },
    {
      lists: [
        [1, 1000],
        [2, 1000],
      ],
      shares: [
        'User 1: Allocated 25 workers for 1000 emails',
        'User 2: Allocated 25 workers for 1000 emails',
      ],
    },
    {
      lists: [
        [1, 900],
        [2, 900],
        [3, 900],
      ],
      shares: [
        'User 1: Allocated 16 workers',
        'User 2: Allocated 17 workers',
        'User 3: Allocated 17 workers',
      ],
    },
    { lists: [[5, 1500]], shares: ['User 5: Allocated 50 workers for 1500 emails'] },
  ] as const)('prints $shares', async ({ lists, shares }) => {
    await using installation = await legacyInstallation(worldOf(...lists));

    const { exitCode, stdout } = await installation.run(['run', '--dry-run']);

    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Found ${lists.length} active user(s) with pending emails:`);
    for (const [user, pending] of lists)
      expect(stdout).toContain(`\n  - User ID ${user}: ${pending} pending emails\n`);
    for (const share of shares) expect(stdout).toContain(share);
  });

  it('gives the same as one JSON document, and changes nothing anywhere', async () => {
    await using installation = await legacyInstallation(worldOf([5, 1500], [8, 800]));
    const checksum = () =>
      installation.database.query('CHECKSUM TABLE emails, csv_list, exclude_accounts, exclude_domains');
    const tables = () => installation.database.query('SHOW TABLES');
    const before = {
      checksums: await checksum(),
      tables: await tables(),
      files: readdirSync(installation.folder),
    };

    const { stdout, stderr } = await installation.run(['--dry-run', '--json']);

    const plan = JSON.parse(stdout) as {
      users: { userId: number; pending: number; workers: number; slices: unknown[] }[];
    };
    expect(
      plan.users.map(({ userId, pending, workers, slices }) => [userId, pending, workers, slices.length]),
    ).toEqual([
      [5, 1500, 28, 28],
      [8, 800, 22, 22],
    ]);
    expect(plan.users[0]!.slices[0]).toEqual({ from: 0, to: 54 });
    expect(stderr).toContain('smtp-validate-cron migrate');
    expect({
      checksums: await checksum(),
      tables: await tables(),
      files: readdirSync(installation.folder),
    }).toEqual(before);
    expect(installation.internet.witness.events).toEqual([]);
    expect(installation.internet.dns.questions).toEqual([]);
  });

  it('plans for one user alone when told so', async () => {
    await using installation = await legacyInstallation(worldOf([5, 1500], [8, 800]));

    const { stdout } = await installation.run(['run', '--dry-run', '--user', '8']);

    expect(stdout).toContain('User 8: Allocated 40 workers for 800 emails');
    expect(stdout).not.toContain('User 5');
  });
});

describe('run --dry-run of a list that is mostly at one provider', () => {
  it('says how long the provider’s pace makes it take, and asks no DNS', async () => {
    const addresses = Array.from({ length: 600 }, (_, index) => ({
      email: `someone${index}@${index % 3 === 0 ? 'example.com' : 'gmail.com'}`,
      kind: 'plain',
      verdict: 'unknown' as const,
      reason: 'timeout' as const,
    }));
    const world = { ...worldOf([5, 1]), lists: [{ userId: 5, name: 'one', addresses }] };
    await using installation = await Installation.make({ database: 'sqlite', world });

    const text = await installation.run(['--dry-run']);
    const json = await installation.run(['--dry-run', '--json']);

    // 400 emails are 16 sessions of 25; two may begin at once, the others 25 s after each other
    expect(text.stdout).toContain(
      '  about 67% of them are at google, which one server asks about at most 60 recipients a minute: its 400 emails alone take 6 min or longer, whatever the number of workers',
    );
    expect((JSON.parse(json.stdout) as { users: unknown[] }).users).toMatchObject([
      { userId: 5, providers: [{ provider: 'google', share: 0.67, perMinute: 60, atLeastSeconds: 350 }] },
    ]);
    expect(installation.internet.dns.questions).toEqual([]);
  }, 60_000);
});
