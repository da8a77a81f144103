import { describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { calmWorld, working } from '../e2e/calm-cycle.ts';
import { hasMariadb, Installation } from '../e2e/installation.ts';
import { askedTwice, decided, verdictsAgree } from '../e2e/outcome.ts';

// A lock that a dead cycle left is free soon.
const QUICK_LOCK = { LOCK_STALE_SECONDS: '5' };

const stores = [
  { database: 'mysql', isThere: hasMariadb() },
  { database: 'sqlite', isThere: true },
] as const;

describe.each(stores.filter(({ isThere }) => isThere))(
  'a cycle that is interrupted, on $database',
  ({ database }) => {
    const install = (settings: Record<string, string> = {}): Promise<Installation> =>
      Installation.make({ database, world: calmWorld(300), latencyMs: 40, settings });

    it.each([
      { signal: 'SIGTERM', exitCode: 143 },
      { signal: 'SIGINT', exitCode: 130 },
    ] as const)(
      'drains on $signal within seconds, gives everything back and ends with $exitCode',
      async ({ signal, exitCode }) => {
        await using installation = await install();
        const { child, ended } = await working(installation, QUICK_LOCK);
        const toldAt = performance.now();

        child.kill(signal);
        const run = await ended;

        expect(run.exitCode).toBe(exitCode);
        expect(performance.now() - toldAt).toBeLessThan(15_000);
        expect(run.stderr).toBe('');
        expect(installation.workers()).toEqual([]);
        expect(await installation.pending()).toBeGreaterThan(0);
        expect(
          await installation.database.query('SELECT row_id FROM svc_row WHERE token IS NOT NULL'),
        ).toEqual([]);
        expect(installation.journals()).toEqual([]);
        const log = installation.logLines(/^smtp_validation_cron_/);
        expect(log).toContainEqual(expect.stringContaining(`Stopping: ${signal} received`));
        expect(await verdictsAgree(installation)).toBe(true);

        await installation.runUntilDecided();
        expect(await verdictsAgree(installation)).toBe(true);
        expect(askedTwice(installation)).toEqual([]);
      },
      60_000,
    );

    it('says "Already running. Exit." to a second start, which prints nothing and ends with 0', async () => {
      await using installation = await install({ TOTAL_WORKERS_POOL: '15' });
      const { ended } = await working(installation, QUICK_LOCK);

      const second = await installation.run([]);

      expect(second).toEqual({ exitCode: 0, stdout: '', stderr: '' });
      expect(installation.logLines(/^smtp_validation_cron_/)).toContainEqual(
        expect.stringMatching(/\] Already running\. Exit\.$/),
      );
      expect((await ended).exitCode).toBe(0);
      expect(await verdictsAgree(installation)).toBe(true);
    }, 60_000);

    it('is taken up at once by the next start when it was killed, loses nothing and asks again only what was in flight', async () => {
      await using installation = await install({ TOTAL_WORKERS_POOL: '15' });
      const { child, ended } = await working(installation, QUICK_LOCK);

      child.kill('SIGKILL');
      await ended;
      await waitFor(
        () => installation.workers().length === 0,
        'the workers of the dead have ended by themselves',
      );
      const before = await decided(installation);
      const next = await installation.run([]);

      expect(next.exitCode).toBe(0);
      expect(before).toBeLessThan(300);
      await installation.runUntilDecided();
      expect(await verdictsAgree(installation)).toBe(true);
      expect(installation.journals()).toEqual([]);
      const cron = installation.logLines(/^smtp_validation_cron_/);
      expect(cron).toContainEqual(expect.stringMatching(/Recovered \d+ results? from \d+ journals?/));
      // What no journal could know: questions whose answer had not been read when the workers ended.
      expect(askedTwice(installation).length).toBeLessThan(100);
    }, 60_000);

    it('goes on when a worker is killed: its rows are probed by others', async () => {
      await using installation = await install({ TOTAL_WORKERS_POOL: '15' });
      const { ended } = await working(installation, QUICK_LOCK);

      const victim = installation.workerPids()[0]!;
      process.kill(victim, 'SIGKILL');
      const run = await ended;

      expect(run.exitCode).toBe(1);
      expect(installation.logLines(/^smtp_validation_cron_/)).toContainEqual(
        expect.stringMatching(/ERROR: .*worker in slot \d+ .*SIGKILL/),
      );
      await installation.runUntilDecided();
      expect(await verdictsAgree(installation)).toBe(true);
    }, 60_000);
  },
);
