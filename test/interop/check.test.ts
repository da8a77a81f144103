// The built program against real mail servers, from the address over the DNS to the printed verdict.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { startDnsServer } from '../support/internet/dns-server.ts';
import { MTA_NAMES, expectationsOf, zoneOf } from './mail-table.ts';

interface Checked {
  readonly email: string;
  readonly status: string;
  readonly reason: string;
}

const PROGRAM = resolve('bin/smtp-validate-cron');

/** Runs `check --json` in an empty folder, with nothing of our environment but the way to the servers. */
async function check(
  addresses: readonly string[],
  dnsServer: string,
): Promise<{ exitCode: number; checked: Checked[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'smtp-validate-interop-'));
  const env = {
    PATH: process.env['PATH'],
    DNS_SERVERS: dnsServer,
    SMTP_PORT: String(inject('mailServerPort')),
    ALLOW_PRIVATE_MX: 'true',
    SMTP_EHLO_NAME: 'verifier.example.net',
    SMTP_MAIL_FROM: 'probe@verifier.example.net',
  };
  try {
    const { exitCode, stdout, stderr } = await run(addresses, folder, env);
    if (stdout === '') throw new Error(`check printed nothing, ended with ${exitCode}: ${stderr}`);
    const checked = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Checked);
    return { exitCode, checked };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(
  addresses: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  return new Promise((done) => {
    const args = [PROGRAM, 'check', '--json', '--', ...addresses];
    execFile(process.execPath, args, { cwd, env }, (error, stdout, stderr) =>
      done({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

function byEmail<Row extends { email: string }>(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => (a.email < b.email ? -1 : 1));
}

describe.each(MTA_NAMES)('smtp-validate-cron check, asked about addresses at %s', (name) => {
  const isHere = inject('mailServers').includes(name);

  it.skipIf(!isHere)('prints what the server knows', async () => {
    await using dns = await startDnsServer(zoneOf([name]));
    const expected = expectationsOf(name).map(({ address, verdict, reason }) => ({
      email: address,
      status: verdict === 'retry' ? 'unknown' : verdict,
      reason,
    }));

    const { exitCode, checked } = await check(
      expected.map(({ email }) => email),
      dns.address,
    );

    const found = checked.map(({ email, status, reason }) => ({ email, status, reason }));
    expect(byEmail(found)).toEqual(byEmail(expected));
    expect(exitCode).toBe(2);
  });

  it.skipIf(!isHere)('exits 0 when all are valid', async () => {
    await using dns = await startDnsServer(zoneOf([name]));

    const { exitCode } = await check([`ann@known.${name}.example`], dns.address);

    expect(exitCode).toBe(0);
  });
});
