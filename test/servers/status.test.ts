// `status` and `why` of the built program while a cycle of it works, on both databases; `--watch` on a terminal of its own.

import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { makeWorld } from '../support/internet/world.ts';
import { proxyTo } from '../support/socket-proxy.ts';
import { waitFor } from '../support/wait-for.ts';
import { Installation, hasMariadb, type Run } from '../e2e/installation.ts';

const world = () =>
  makeWorld({
    seed: 41,
    domains: 30,
    lists: [
      { userId: 5, addresses: 200 },
      { userId: 8, addresses: 60 },
    ],
    greylistSeconds: 3_600,
  });

// Two sessions at a time, so that the cycle lasts longer than servers are silent.
const SLOW = {
  RETRY_DELAYS_SECONDS: '600',
  TOTAL_WORKERS_POOL: '2',
  MAX_CONCURRENT_USERS: '2',
  MIN_WORKERS_PER_USER: '1',
  MAX_SESSIONS_PER_WORKER: '1',
};
const LIMIT_MS = 180_000;

interface Document {
  readonly timestamp: number;
  readonly system_stats: Readonly<Record<string, number>>;
  readonly user_stats: readonly Readonly<Record<string, number>>[];
  readonly csv_stats: readonly Readonly<Record<string, number | string>>[];
  readonly workers: number;
  readonly batches: number;
  readonly speed: number;
  readonly lock: { readonly state: string; readonly pid?: number };
  readonly servers: readonly { readonly server: string; readonly state: string }[];
}

const documentIn = ({ stdout }: Run) => JSON.parse(stdout) as Document;

describe.each(['mysql', 'sqlite'] as const)('on %s', (database) => {
  describe.skipIf(database === 'mysql' && !hasMariadb())('status and why', () => {
    it(
      'tell of a cycle that works, and of what it left',
      async () => {
        await using site = await Installation.make({
          database,
          world: world(),
          latencyMs: 150,
          settings: SLOW,
        });
        const look = async () => documentIn(await site.run(['status', '--json']));

        const before = await look();
        const cycle = site.start([]);
        let during = before;
        await waitFor(
          async () => (during = await look()).workers > 0 && during.speed > 0,
          'the status tells of workers and speed',
          60_000,
        );
        const text = await site.run(['status']);
        await cycle.ended;
        const after = await look();
        const why = await site.run(['why', '1']);
        const whyDocument = JSON.parse((await site.run(['why', '1', '--json'])).stdout) as {
          readonly finished: boolean;
          readonly parts: readonly {
            readonly state: string;
            readonly reason: string;
            readonly emails: number;
          }[];
        };

        expect(before).toMatchObject({
          workers: 0,
          batches: 0,
          speed: 0,
          lock: { state: 'free' },
          servers: [],
        });
        expect(before.system_stats).toMatchObject({ total_emails: 260, to_ask: 260, processed_emails: 0 });
        expect(during).toMatchObject({
          lock: { state: 'held', pid: cycle.child.pid },
          servers: [{ server: site.server, state: 'working' }],
        });
        expect(during.user_stats.map((user) => user['user_id']).toSorted()).toEqual([5, 8]);
        expect(during.system_stats['in_hand']).toBeGreaterThan(0);
        expect(text.stdout).toContain('working');
        expect(Math.max(...text.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);

        const [decided] = await site.database.query<{ n: number }>(
          'SELECT COUNT(*) AS n FROM emails WHERE domain_processed = 1',
        );
        const pending = await site.pending();
        expect(after.servers).toMatchObject([{ state: 'ended' }]);
        expect(after.system_stats).toMatchObject({
          processed_emails: Number(decided!.n),
          pending_emails: pending,
          in_hand: 0,
          to_ask: 0,
        });
        expect(pending).toBeGreaterThan(0);
        expect(why.stdout).toMatch(/^List 1 “List of user 5” of user 5 is not finished: /);
        expect(why.stdout).toContain('wait as greylisted');
        expect(whyDocument.finished).toBe(false);
        expect(whyDocument.parts.find(({ reason }) => reason === 'greylisted')).toMatchObject({
          state: 'put-off',
        });
      },
      LIMIT_MS,
    );
  });
});

describe('why', () => {
  it(
    'has a true sentence for a list that is finished, and for one that is not there',
    async () => {
      await using site = await Installation.make({ database: 'sqlite', world: world() });
      await site.database.execute('UPDATE emails SET domain_processed = 1, domain_status = 1');
      await site.run([]);

      const finished = await site.run(['why', '2']);
      const missing = await site.run(['why', '99', '--json']);

      expect(finished).toMatchObject({
        exitCode: 0,
        stdout: 'List 2 “List of user 8” of user 8 is finished: 60 rows, 60 valid, 0 invalid, 0\nunknown.\n',
      });
      expect(missing).toMatchObject({ exitCode: 1, stdout: '{"list_id":99,"found":false}\n' });
      expect(missing.stderr).toContain('there is no list 99');
    },
    LIMIT_MS,
  );
});

describe('status --watch', () => {
  it.each([
    [['--watch'], 'needs a terminal'],
    [['--watch', '--json'], 'for people'],
  ])('refuses %j without a terminal', async (args, sentence) => {
    await using site = await Installation.make({ database: 'sqlite', world: world() });

    const run = await site.run(['status', ...args]);

    expect(run).toMatchObject({ exitCode: 64, stdout: '' });
    expect(run.stderr).toContain(sentence);
  });

  /** The program on a terminal of its own, as `script` makes one; what it writes comes out, what is typed goes in. */
  const onTerminal = (folder: string) => {
    const command = `stty rows 30 cols 100; ${resolve('bin/smtp-validate-cron')} status --watch; echo "exit $?"`;
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm', SHELL: '/bin/sh' },
    });
    let written = '';
    child.stdout.on('data', (chunk: Buffer) => (written += chunk.toString()));
    const ended = new Promise<void>((done) => child.once('close', () => done()));
    return { child, ended, written: () => written };
  };

  it.each([
    ['q', 'q'],
    ['Ctrl-C', '\u0003'],
  ])(
    'shows the status, and leaves the terminal as it was at %s',
    async (_name, key) => {
      await using site = await Installation.make({ database: 'sqlite', world: world() });
      const watch = onTerminal(site.folder);
      await waitFor(() => watch.written().includes('q ends'), 'the screen is drawn', 30_000);

      watch.child.stdin.write(key);
      await watch.ended;

      expect(watch.written()).toContain('\u001B[?1049h');
      expect(watch.written()).toContain('List of user 5');
      expect(watch.written().trimEnd()).toMatch(/\u001B\[\?1049l\s*exit 0$/);
    },
    LIMIT_MS,
  );

  it.skipIf(!hasMariadb())(
    'says that the database is away, with what was seen before, and goes on',
    async () => {
      await using network = await proxyTo(inject('mariadbSocket')!);
      await using site = await Installation.make({
        database: 'mysql',
        world: world(),
        settings: { DB_SOCKET: network.path },
      });
      const watch = onTerminal(site.folder);
      await waitFor(() => watch.written().includes('q ends'), 'the screen is drawn', 30_000);

      await network.stop();
      await waitFor(() => watch.written().includes('What stands here is'), 'it says what is wrong', 30_000);
      await network.start();
      const until = watch.written().length;
      await waitFor(() => watch.written().slice(until).includes('q ends'), 'it goes on', 30_000);
      watch.child.stdin.write('q');
      await watch.ended;

      expect(watch.written().trimEnd()).toMatch(/exit 0$/);
    },
    LIMIT_MS,
  );
});
