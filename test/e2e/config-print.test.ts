// What the built program prints of its settings.

import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startProgram } from './installation.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'svc-config-'));
  mkdirSync(join(folder, 'config'));
  writeFileSync(
    join(folder, '.env'),
    'DATABASE_URL=mysql://svc:top-secret@db.example.net/crm\nCLAIM_SECONDS=60\n',
  );
  writeFileSync(
    join(folder, 'config', 'smtp-validate.env'),
    'DNS_SERVERS=192.0.2.53,192.0.2.54:5353,[2001:db8::53]:53\n',
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

const print = (args: readonly string[], environment = {}) =>
  startProgram(['config', 'print', ...args], folder, environment).ended;

it('prints every setting with where it comes from, in 80 columns, and no secret', async () => {
  const { stdout, exitCode } = await print(['--origin'], { SERVER_ID: 'alpha' });

  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^SERVER_ID +alpha +environment$/m);
  expect(stdout).toMatch(/^CLAIM_SECONDS +60 +\.env$/m);
  expect(stdout).toMatch(/^SMTP_PORT +25 +default$/m);
  expect(stdout).toMatch(/^SMTP_EHLO_NAME +– +not set$/m);
  expect(stdout).toMatch(/^DNS_SERVERS +192\.0\.2\.53,192\.0\.2\.54:5353, +config\/smtp-validate\.env$/m);
  expect(stdout).toMatch(/^ +\[2001:db8::53\]:53$/m);
  expect(stdout).toContain('svc:***@');
  expect(stdout).not.toContain('top-secret');
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

it('says why, when it is asked to', async () => {
  const { stdout } = await print(['--reasons']);

  expect(stdout).toMatch(/^SMTP_PORT +25\n {2}Port of the mail servers; another one only for tests\.\n\n/m);
});

it('prints one document', async () => {
  const { settings, problems } = JSON.parse((await print(['--json'])).stdout) as {
    settings: { key: string }[];
    problems: unknown[];
  };

  expect(problems).toEqual([]);
  expect(settings).toContainEqual({
    key: 'CLAIM_SECONDS',
    value: '60',
    origin: '.env',
    reason: expect.stringContaining('Seconds') as string,
  });
});

it('prints what cannot be used as well, says so, and ends with 78', async () => {
  const { stdout, stderr, exitCode } = await print(['--origin'], { SMTP_PORT: 'smtp' });

  expect(exitCode).toBe(78);
  expect(stdout).toMatch(/^SMTP_PORT +smtp +environment$/m);
  expect(stderr).toContain('SMTP_PORT="smtp"');
});

it.runIf(existsSync('/dev/full'))('ends with 74 where the disk behind its output is full', () => {
  const full = openSync('/dev/full', 'w');

  const { status } = spawnSync(resolve('bin/smtp-validate-cron'), ['config', 'print'], {
    cwd: folder,
    stdio: ['ignore', full, 'ignore'],
  });

  closeSync(full);
  expect(status).toBe(74);
});
