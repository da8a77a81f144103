// What the built program tells others of its cycles: pings and metrics, with real servers on loopback.

import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeWorld } from '../support/internet/world.ts';
import { parsePrometheus } from '../support/prometheus.ts';
import { silence, startWebServer, status } from '../support/web-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { Installation } from './installation.ts';

const world = makeWorld({ seed: 11, domains: 12, lists: [{ userId: 5, addresses: 60 }] });
const install = (settings: Readonly<Record<string, string>>): Promise<Installation> =>
  Installation.make({ database: 'sqlite', world, settings });
const warningsOf = (installation: Installation): string[] =>
  installation.logLines(/^smtp_validation_cron_/).filter((line) => line.includes('WARNING'));

describe('PING_URL', () => {
  it('hears of the beginning and the end of each cycle, also of idle ones, and of failed ones', async () => {
    await using web = await startWebServer();
    await using installation = await install({ PING_URL: `${web.origin}/0a1b` });

    await installation.runUntilDecided();
    const worked = web.heard.map(({ path }) => path);
    await installation.run([]);
    const idle = web.heard.slice(worked.length).map(({ path }) => path);
    await installation.database.execute('DROP TABLE svc_turn');
    const failed = await installation.run([]);

    expect(worked.slice(0, 2)).toEqual(['/0a1b/start', '/0a1b/0']);
    expect(idle).toEqual(['/0a1b/start', '/0a1b/0']);
    expect(failed.exitCode).toBe(78);
    expect(web.heard.slice(-2).map(({ path }) => path)).toEqual(['/0a1b/start', '/0a1b/78']);
    expect(warningsOf(installation)).toEqual([]);
  }, 120_000);

  it('changes nothing when it answers with an error, and is told of in one line without its secret', async () => {
    await using web = await startWebServer(status(500));
    await using installation = await install({ PING_URL: `${web.origin}/s3cret` });

    const run = await installation.run([]);

    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(warningsOf(installation)).toEqual([
      expect.stringMatching(
        new RegExp(`WARNING: the ping to ${web.origin}/\\*\\*\\* was not taken: the answer was 500$`),
      ),
    ]);
    expect(installation.logLines(/\.log$/).join('\n')).not.toContain('s3cret');
  }, 120_000);

  it('keeps nobody from the lock when it does not answer', async () => {
    await using web = await startWebServer(silence);
    await using installation = await install({});
    await installation.runUntilDecided();

    const told = installation.logLines(/^smtp_validation_cron_/).length;
    const { child, ended } = installation.start([], { PING_URL: `${web.origin}/0a1b` });
    const lock = join(installation.folder, 'storage', 'cron.lock');
    await waitFor(
      () => installation.logLines(/^smtp_validation_cron_/).length >= told + 2 && !existsSync(lock),
      'the cycle is over and its lock given back',
      30_000,
    );
    await waitFor(() => web.heard.length > 0, 'the ping has come in', 30_000);
    const isWaiting = child.exitCode === null;
    const next = await installation.run(['--json']);
    const { exitCode } = await ended;

    expect(isWaiting).toBe(true);
    expect(JSON.parse(next.stdout)).toMatchObject({ exitCode: 0, alreadyRunning: false });
    expect(exitCode).toBe(0);
    expect(web.heard.map(({ path }) => path)).toEqual(['/0a1b/start', '/0a1b/0']);
    expect(warningsOf(installation).at(-1)).toContain('no answer within 5 s');
  }, 120_000);

  it('says nothing for a minute in which another cycle runs', async () => {
    await using web = await startWebServer();
    await using installation = await install({ PING_URL: `${web.origin}/0a1b` });
    const { ended } = installation.start([]);
    await waitFor(() => web.heard.length > 0, 'the first cycle has begun', 30_000);

    await installation.run([], { PING_URL: `${web.origin}/second` });
    await ended;

    const second = web.heard.filter(({ path }) => path.startsWith('/second')).map(({ path }) => path);
    expect([[], ['/second/start', '/second/0']]).toContainEqual(second); // the first may have been quick
    expect(web.heard.at(0)!.path).toBe('/0a1b/start');
  }, 120_000);
});

describe('METRICS_FILE', () => {
  it('is a file that Prometheus can read, and counts on from cycle to cycle', async () => {
    await using installation = await install({ METRICS_FILE: 'metrics/smtp.prom' });
    mkdirSync(join(installation.folder, 'metrics'));
    const path = join(installation.folder, 'metrics', 'smtp.prom');
    const read = () => parsePrometheus(readFileSync(path, 'utf8'));
    const sum = (name: string): number =>
      [...read().get(`smtp_validate_${name}`)!.samples.values()].reduce((a, b) => a + b, 0);

    const cycles = await installation.runUntilDecided();
    const decided = sum('results_total');
    await installation.run([]);

    const deferred = read().get('smtp_validate_results_total')!.samples.get('outcome="deferred"')!;
    expect(decided - deferred).toBe(60);
    expect(sum('results_total')).toBe(decided);
    expect(sum('reasons_total')).toBe(decided);
    expect(sum('cycles_total')).toBe(cycles.length + 1);
    expect(sum('lists_completed_total')).toBe(1);
    expect(sum('cycle_running')).toBe(0);
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(readFileSync(path, 'utf8')).not.toMatch(/@|example|server-/);
  }, 120_000);

  it('is told of in the log when it cannot be written, and nothing more', async () => {
    await using installation = await install({ METRICS_FILE: 'nowhere/smtp.prom' });

    const run = await installation.run([]);

    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(warningsOf(installation)).toEqual([
      expect.stringMatching(/WARNING: cannot write \S+\/nowhere\/smtp\.prom: it, or a folder/),
    ]);
  }, 120_000);
});
