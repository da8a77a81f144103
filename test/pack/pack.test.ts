// The tarball, installed globally into a folder of its own: what an operator gets who has no checkout. It verifies a list on the
// embedded database and a small internet from there.

import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqlite } from '../../src/store/sqlite-driver.ts';
import { startInternet, type Internet } from '../support/internet/internet.ts';
import { makeWorld } from '../support/internet/world.ts';

const run = promisify(execFile);

const world = makeWorld({
  seed: 5,
  domains: 12,
  without: ['silent', 'silent-at-rcpt', 'endless-banner', 'endless-continuation'],
  lists: [{ userId: 5, addresses: 40 }],
});

describe('the package, installed globally', () => {
  let folder: string;
  let internet: Internet;
  /** Runs the installed program in the operator's folder, with an environment that knows nothing of this checkout. */
  const program = (...args: readonly string[]) =>
    run(join(folder, 'prefix/bin/smtp-validate-cron'), args, {
      cwd: join(folder, 'work'),
      env: { PATH: process.env['PATH'] ?? '', HOME: folder },
    });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'svc-pack-'));
    internet = await startInternet(world, { latencyMs: 1 });
    mkdirSync(join(folder, 'work'));
    const [{ filename, size }] = JSON.parse(
      execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
        encoding: 'utf8',
      }),
    ) as [{ readonly filename: string; readonly size: number }];
    console.log(`${filename}: ${Math.round(size / 1000)} kB`);
    const prefix = join(folder, 'prefix');
    const tarball = join(folder, filename);
    execFileSync('npm', [
      'install',
      '--global',
      `--prefix=${prefix}`,
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      tarball,
    ]);
    writeFileSync(
      join(folder, 'work/.env'),
      [
        `DNS_SERVERS=${internet.dnsServer}`,
        `SMTP_PORT=${internet.smtpPort}`,
        'ALLOW_PRIVATE_MX=true',
        'SMTP_EHLO_NAME=verifier.example.net',
        'SMTP_MAIL_FROM=probe@verifier.example.net',
        '',
      ].join('\n'),
    );
  });
  afterAll(async () => {
    await internet.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };

    expect((await program('--version')).stdout).toBe(`${version}\n`);
  });

  it('names its own paths to cron', async () => {
    expect((await program('install', 'cron')).stdout).toContain(
      `cd ${join(folder, 'work')} && ${process.execPath} ${join(folder, 'prefix/lib/node_modules/smtp-validate-cron/bin/smtp-validate-cron')}\n`,
    );
  });

  it('verifies an address', async () => {
    const { email } = world.lists[0]!.addresses.find(
      ({ verdict, reason }) => verdict === 'valid' && reason === 'accepted',
    )!;

    expect((await program('check', email)).stdout).toContain(email);
  });

  it('makes its database and verifies a list', async () => {
    await program('migrate');
    const database = openSqlite({
      type: 'sqlite',
      file: join(folder, 'work/storage/smtp-validate.db'),
      create: false,
    });
    const { addresses } = world.lists[0]!;
    await database.execute('INSERT INTO csv_list (id, user_id, total_emails) VALUES (1, 5, ?)', [
      addresses.length,
    ]);
    for (const { email } of addresses)
      await database.execute('INSERT INTO emails (raw_emailid, csv_list_id, user_id) VALUES (?, 1, 5)', [
        email,
      ]);

    const { stdout } = await program();

    expect(stdout).toMatch(/^Cycle completed: \d+ emails of 1 user decided/);
    const rows = await database.query<{ raw_emailid: string; validation_status: string }>(
      'SELECT raw_emailid, validation_status FROM emails WHERE domain_processed = 1',
    );
    await database.close();
    const right = new Map(addresses.map(({ email, verdict }) => [email, verdict]));
    expect(rows.length).toBeGreaterThan(25);
    expect(rows.filter((row) => row.validation_status !== right.get(row.raw_emailid))).toEqual([]);
  });
});
