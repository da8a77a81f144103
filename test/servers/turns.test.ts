import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld } from '../support/internet/world.ts';
import { hasMariadb, Installation, type Run } from '../e2e/installation.ts';
import { askedTwice, verdictsAgree } from '../e2e/outcome.ts';

// Three users whose lists take many turns, and two with short lists that come last by their oldest row.
const LARGE = [1, 2, 3];
const SMALL = [4, 5];
const world = makeWorld({
  seed: 5,
  domains: 60,
  hosting: 'own',
  lists: [
    ...LARGE.map((userId) => ({ userId, addresses: 300 })),
    ...SMALL.map((userId) => ({ userId, addresses: 20 })),
  ],
});

describe.each([hasMariadb() ? 'mysql' : 'sqlite'] as const)(
  'five users and three places, on %s',
  (database) => {
    let installation: Installation;
    let run: Run;
    let cron: string[];

    beforeAll(async () => {
      installation = await Installation.make({
        database,
        world,
        latencyMs: 100,
        settings: {
          USER_TURN_SECONDS: '1',
          TOTAL_WORKERS_POOL: '3',
          MIN_WORKERS_PER_USER: '1',
          MAX_SESSIONS_PER_WORKER: '3',
          MAX_ROWS_PER_SLICE: '40',
        },
      });
      run = await installation.run([]);
      cron = installation.logLines(/^smtp_validation_cron_/).map((line) => line.slice(22));
      await installation.runUntilDecided();
    }, 120_000);
    afterAll(async () => installation[Symbol.asyncDispose]());

    it('begins with the three by their oldest rows, and says that two wait', () => {
      const begin = cron.indexOf('Found 3 active user(s) with pending emails:');
      expect(cron.slice(begin + 1, begin + 5)).toEqual([
        ...LARGE.map((userId) => `  - User ID ${userId}: 300 pending emails`),
        '2 more users with pending emails wait for a place',
      ]);
    });

    it('gives the others a turn long before the first is done, and the first theirs again', () => {
      const firstOver = cron.findIndex((line) =>
        /^User \d: turn over after \d+ s, since others wait/.test(line),
      );
      expect(firstOver).toBeGreaterThan(0);
      const entered = cron
        .slice(firstOver)
        .flatMap((line) => /^User (\d): Allocated /.exec(line)?.[1] ?? [])
        .map(Number);

      expect(entered.filter((userId) => SMALL.includes(userId)).slice(0, 2)).toEqual([4, 5]);
      expect(entered.some((userId) => LARGE.includes(userId))).toBe(true);
      for (const small of SMALL) for (const large of LARGE) expect(doneAt(small) < doneAt(large)).toBe(true);
    });

    it('counts the turns of a user as no failure: the cycle ends as done', () => {
      expect(run).toMatchObject({ exitCode: 0, stderr: '' });
      expect(run.stdout).toMatch(/^Cycle completed: \d+ emails of 5 users decided/);
      expect(run.stdout).not.toContain('given back');
    });

    it('decides every row rightly and asks about none twice', async () => {
      expect(await verdictsAgree(installation)).toBe(true);
      expect(askedTwice(installation)).toEqual([]);
      expect(installation.internet.witness.violations()).toEqual([]);
    });

    it('leaves no claim, and remembers who was served', async () => {
      expect(await installation.database.query('SELECT row_id FROM svc_row')).toEqual([]);
      const turns = await installation.database.query<{ user_id: number }>('SELECT user_id FROM svc_turn');
      expect(turns.map(({ user_id }) => user_id).toSorted()).toEqual([...LARGE, ...SMALL]);
    });

    /** When a user's log says that it was done for the first time. */
    function doneAt(userId: number): string {
      const done = installation
        .logLines(new RegExp(`^user_${userId}_\\d{4}`))
        .find((line) => line.includes(' DONE: '));
      return done?.slice(0, 21) ?? '';
    }
  },
);
