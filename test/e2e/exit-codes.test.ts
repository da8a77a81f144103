import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld } from '../support/internet/world.ts';
import { Installation, startProgram } from './installation.ts';
import { verdictsAgree } from './outcome.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'svc-exit-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('the exit code', () => {
  it.each([
    {
      why: 'a malformed setting',
      args: [],
      environment: { TOTAL_WORKERS_POOL: 'fifty', LOG_RETENTION_DAYS: '-1' },
      exitCode: 78,
      says: ['TOTAL_WORKERS_POOL="fifty"', 'LOG_RETENTION_DAYS="-1"', 'expected'],
    },
    {
      why: 'a database that was not migrated',
      args: [],
      environment: {},
      exitCode: 78,
      says: ['smtp-validate-cron migrate'],
    },
    {
      why: 'a database that nobody serves, without its password',
      args: [],
      environment: { DATABASE_URL: 'mysql://svc:top-secret@127.0.0.1:1/crm' },
      exitCode: 69,
      says: ['127.0.0.1:1'],
    },
    {
      why: 'an unknown command',
      args: ['probe'],
      environment: {},
      exitCode: 64,
      says: ['unknown command "probe"', '--help'],
    },
    { why: 'an unknown option', args: ['run', '--fast'], environment: {}, exitCode: 64, says: ['--fast'] },
    {
      why: 'a malformed option',
      args: ['run', '--max-runtime', 'soon'],
      environment: {},
      exitCode: 64,
      says: ['soon'],
    },
    {
      why: 'check without an address',
      args: ['check'],
      environment: {},
      exitCode: 64,
      says: ['no address given'],
    },
    {
      why: 'check without a name of our own',
      args: ['check', 'ann@example.com'],
      environment: {},
      exitCode: 78,
      says: ['SMTP_EHLO_NAME', 'SMTP_MAIL_FROM'],
    },
    {
      why: 'a log folder that is a file',
      args: [],
      environment: { LOG_DIR: 'taken' },
      exitCode: 73,
      says: ['taken', 'cannot create'],
    },
    {
      why: 'a storage folder that is a file',
      args: [],
      environment: { STORAGE_DIR: 'taken' },
      exitCode: 73,
      says: ['taken', 'cannot create'],
    },
  ])('is $exitCode for $why', async ({ args, environment, exitCode, says }) => {
    writeFileSync(join(folder, 'taken'), '');

    const run = await startProgram(args, folder, environment).ended;

    expect({ exitCode: run.exitCode, stdout: run.stdout }).toEqual({ exitCode, stdout: '' });
    for (const words of says) expect(run.stderr).toContain(words);
    expect(run.stderr).not.toMatch(/top-secret|\n\s+at /);
  });

  it('is 73 when workers could not make their files: said once, and nothing is claimed', async () => {
    const world = makeWorld({ seed: 5, domains: 20, lists: [{ userId: 5, addresses: 100 }] });
    await using installation = await Installation.make({ database: 'sqlite', world });
    writeFileSync(join(installation.folder, 'storage', 'batches'), 'in the way');

    const run = await installation.run([]);

    expect(run).toMatchObject({ exitCode: 73, stdout: '' });
    expect(run.stderr).toMatch(/^smtp-validate-cron: .*cannot create .*batches.*\n$/);
    expect(await installation.database.query('SELECT row_id FROM svc_row')).toEqual([]);
    expect(installation.logLines(/^smtp_validation_cron_/)).toContainEqual(
      expect.stringContaining('ERROR: cannot create '),
    );
  });

  it('is 1 when the DNS answers nothing at all: no row ends by it or uses up an attempt, and the next cycle goes on', async () => {
    const world = makeWorld({ seed: 5, domains: 20, lists: [{ userId: 5, addresses: 100 }] });
    await using installation = await Installation.make({ database: 'sqlite', world });
    const silent = { DNS_SERVERS: '127.0.0.1:1' };

    const runs = [await installation.run([], silent), await installation.run([], silent)];

    for (const run of runs) {
      expect(run.exitCode).toBe(1);
      expect(run.stderr).toMatch(
        /the DNS answers nothing, neither about \S+ \(CONNREFUSED\) nor about our own verifier\.example\.net; look at DNS_SERVERS/,
      );
    }
    expect(await installation.database.query('SELECT * FROM svc_verdict WHERE attempt > 0')).toEqual([]);
    expect(await installation.database.query('SELECT * FROM svc_row WHERE attempts > 0')).toEqual([]);
    await installation.runUntilDecided();
    expect(await verdictsAgree(installation)).toBe(true);
  }, 60_000);

  it('is 74 when a journal cannot be read, and names it', async () => {
    const world = makeWorld({ seed: 5, domains: 20, lists: [{ userId: 5, addresses: 20 }] });
    await using installation = await Installation.make({ database: 'sqlite', world });
    const journal = 'storage/batches/20260101T000000000Z-server1/user_5/worker_1.ndjson';
    mkdirSync(join(installation.folder, journal), { recursive: true });

    const run = await installation.run([]);

    expect(run.exitCode).toBe(74);
    expect(run.stderr).toMatch(/^smtp-validate-cron: cannot read .*worker_1\.ndjson: it is a folder/);
  });

  it('is 73 when the log of a user cannot be made while work is under way, and nothing is lost', async () => {
    const world = makeWorld({ seed: 5, domains: 20, lists: [{ userId: 5, addresses: 100 }] });
    await using installation = await Installation.make({ database: 'sqlite', world });
    const today = new Date();
    const day = `${today.getFullYear()}-${String(today.getMonth() + 1).padStart(2, '0')}-${String(today.getDate()).padStart(2, '0')}`;
    mkdirSync(join(installation.folder, 'logs', `user_5_${day}.log`), { recursive: true });

    const run = await installation.run([]);

    expect(run.exitCode).toBe(73);
    expect(run.stderr).toContain('cannot create');
    rmSync(join(installation.folder, 'logs', `user_5_${day}.log`), { recursive: true });
    await installation.runUntilDecided();
    expect(await installation.pending()).toBe(0);
  }, 60_000);

  it('is 1 when --max-runtime gave rows back, and the rest is decided by the next cycles', async () => {
    const world = makeWorld({ seed: 3, domains: 40, hosting: 'own', lists: [{ userId: 5, addresses: 300 }] });
    await using installation = await Installation.make({ database: 'sqlite', world, latencyMs: 150 });

    const run = await installation.run(['run', '--max-runtime', '2s', '--json']);

    expect(run.exitCode).toBe(1);
    const report = JSON.parse(run.stdout) as Record<string, unknown>;
    expect(report).toMatchObject({ exitCode: 1, stopped: 'max-runtime', unwritten: 0 });
    expect(Number(report['givenBack'])).toBeGreaterThan(0);
    expect(installation.logLines(/^smtp_validation_cron_/).filter((line) => line.includes('ERROR'))).toEqual(
      [],
    );
  }, 60_000);
});
