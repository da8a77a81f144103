// The built doctor on machines that are fit, and on some that are not. The grades of single findings are tables in
// test/cli/doctor; here it is seen that each look reaches what it looks at.

import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { createDatabase } from '../support/mariadb.ts';
import { DoctorGround, OURS, type DoctorWorld } from './doctor-ground.ts';
import { hasMariadb, startProgram } from './installation.ts';

interface Told {
  readonly theme: string;
  readonly about: string;
  readonly grade: 'ok' | 'warning' | 'failure';
  readonly text: string;
  readonly next: string | null;
}

async function examine(ground: DoctorGround, args: readonly string[] = ['--address', OURS]) {
  const { exitCode, stdout, stderr } = await startProgram(['doctor', '--json', ...args], ground.folder).ended;
  const { checks } = JSON.parse(stdout) as { readonly checks: readonly Told[] };
  return {
    exitCode,
    stderr,
    checks,
    of: (about: string) => checks.filter((check) => check.about === about),
    failures: checks.filter(({ grade }) => grade === 'failure').map(({ about }) => about),
  };
}

const migrated = async (world?: DoctorWorld) => {
  const ground = await DoctorGround.make(world);
  const { exitCode } = await startProgram(['migrate'], ground.folder).ended;
  expect(exitCode).toBe(0);
  return ground;
};

describe('the doctor', () => {
  it('finds nothing that fails where all is as it should be', async () => {
    await using ground = await migrated();

    const { exitCode, stderr, failures, of } = await examine(ground);

    expect({ failures, exitCode, stderr }).toEqual({ failures: [], exitCode: 0, stderr: '' });
    for (const about of [
      'settings',
      'sender',
      'database',
      'schema',
      'rights',
      'clock',
      'LOG_DIR',
      'STORAGE_DIR',
      'lock',
      'resolver',
      'address',
      'EHLO name',
      'reverse name',
      'SPF',
      'block lists',
    ]) {
      expect(of(about).map(({ grade }) => grade)).toEqual(['ok']);
    }
  });

  it('says QUIT to our own mail host after its greeting, and nothing else to anybody', async () => {
    await using ground = await migrated();

    await examine(ground);

    expect(
      ground.internet.witness.events.filter(({ type }) => type === 'command').map(({ text }) => text),
    ).toEqual(['QUIT']);
  });

  it.each<{ case: string; world: DoctorWorld; about: string; grade: Told['grade']; says: string }>([
    {
      case: 'a lying resolver',
      world: { zone: { '*': { a: ['203.0.113.99'] } } },
      about: 'resolver',
      grade: 'failure',
      says: '203.0.113.99',
    },
    {
      case: 'a resolver that refuses us',
      world: { zone: { '*': { trouble: { any: { rcode: 'REFUSED' } } } } },
      about: 'resolver',
      grade: 'failure',
      says: 'REFUSED',
    },
    {
      case: 'a port that is closed',
      world: { mailHost: 'dead' },
      about: 'mail host',
      grade: 'failure',
      says: 'connection refused',
    },
    {
      case: 'a mail host that refuses us',
      world: { mailHost: { greeting: '554 5.7.1 go away' } },
      about: 'mail host',
      grade: 'warning',
      says: '554 5.7.1 go away',
    },
    {
      case: 'a sender without a mail host',
      world: { zone: { 'example.net': {} } },
      about: 'mail host',
      grade: 'failure',
      says: 'nobody takes mail for probe@example.net',
    },
    {
      case: 'a name without an address',
      world: { zone: { 'verify.example.net': {} } },
      about: 'EHLO name',
      grade: 'failure',
      says: 'has no address',
    },
    {
      case: 'an address without a name',
      world: { zone: { '7.100.51.198.in-addr.arpa': undefined } },
      about: 'reverse name',
      grade: 'failure',
      says: 'has none',
    },
    {
      case: 'SPF that forbids us',
      world: {
        zone: {
          'example.net': {
            mx: [{ preference: 1, exchange: 'mx.example.net' }],
            txt: ['v=spf1 ip4:192.0.2.1 -all'],
          },
        },
      },
      about: 'SPF',
      grade: 'failure',
      says: 'may not send by "-all"',
    },
    {
      case: 'a listed address',
      world: { zone: { '7.100.51.198.bl.example.org': { a: ['127.0.0.3'] } } },
      about: 'block lists',
      grade: 'warning',
      says: 'is in bl.example.org',
    },
    {
      case: 'a list that answers nobody like us',
      world: { zone: { '2.0.0.127.bl.example.org': undefined } },
      about: 'block lists',
      grade: 'warning',
      says: 'does not list 127.0.0.2',
    },
    {
      case: 'a database that nobody serves',
      world: { settings: { DATABASE_URL: 'mysql://svc:top-secret@127.0.0.1:1/crm' } },
      about: 'database',
      grade: 'failure',
      says: '127.0.0.1:1',
    },
    {
      case: 'a database that was never made',
      world: {},
      about: 'database',
      grade: 'failure',
      says: 'no embedded database',
    },
    {
      case: 'a folder that is a file',
      world: { settings: { LOG_DIR: '.env' } },
      about: 'LOG_DIR',
      grade: 'failure',
      says: 'is no folder',
    },
    {
      case: 'a folder for metrics that is not there',
      world: { settings: { METRICS_FILE: 'nowhere/smtp.prom' } },
      about: 'METRICS_FILE',
      grade: 'warning',
      says: 'nowhere is not there, so no metrics are written',
    },
    {
      case: 'a folder for metrics that is',
      world: { settings: { METRICS_FILE: 'storage/smtp.prom' } },
      about: 'METRICS_FILE',
      grade: 'ok',
      says: 'storage may be written',
    },
    {
      case: 'no sender',
      world: { settings: { SMTP_MAIL_FROM: '' } },
      about: 'sender',
      grade: 'failure',
      says: 'not both set',
    },
    {
      case: 'a setting that cannot be used',
      world: { settings: { TOTAL_WORKERS_POOL: 'fifty' } },
      about: 'settings',
      grade: 'failure',
      says: 'fifty',
    },
  ])('finds $case', async ({ world, about, grade, says }) => {
    await using ground = await DoctorGround.make(world);

    const { of, exitCode, checks } = await examine(ground);

    expect(of(about)).toContainEqual(
      expect.objectContaining({ grade, text: expect.stringContaining(says) as string }),
    );
    expect(checks.filter((check) => check.grade !== 'ok' && (check.next ?? '') === '')).toEqual([]);
    expect(exitCode).toBe(2); // there is no database in most of these
    expect(JSON.stringify(checks)).not.toContain('top-secret');
  });

  it('takes the address that our name leads to for ours where it cannot see it, and says so', async () => {
    await using ground = await migrated();

    const { of } = await examine(ground, []);

    expect(of('address')).toMatchObject([
      { grade: 'warning', text: expect.stringContaining(`${OURS} is taken for ours`) as string },
    ]);
    expect(of('reverse name')).toMatchObject([{ grade: 'ok' }]);
  });

  it('warns only of an IPv6 address that is seldom used', async () => {
    await using ground = await migrated();

    const { of, exitCode } = await examine(ground, ['--address', OURS, '2001:db8::7']);

    expect(exitCode).toBe(0);
    expect(of('EHLO name').map(({ grade }) => grade)).toEqual(['ok', 'warning']);
    expect(of('reverse name')).toMatchObject([
      { grade: 'ok' },
      { grade: 'warning', next: expect.stringContaining('SMTP_IP_FAMILY=4') as string },
    ]);
    expect(of('SPF').map(({ grade }) => grade)).toEqual(['ok', 'warning']);
  });

  it('greets the host that it is told to', async () => {
    await using ground = await migrated({ zone: { 'other.example': { a: ['127.0.0.25'] } } });

    const { of } = await examine(ground, ['--address', OURS, '--mail-host', 'other.example']);

    expect(of('mail host')[0]?.text).toContain('other.example[127.0.0.25] greets us');
  });

  it('goes on with whatever needs no configuration, and asks nobody, when the configuration is invalid', async () => {
    await using ground = await DoctorGround.make({ settings: { SMTP_PORT: 'x' } });

    const { of, exitCode } = await examine(ground);

    expect(exitCode).toBe(2);
    expect(of('node')).toHaveLength(1);
    expect(of('resolver')).toMatchObject([{ text: 'not checked: the configuration is invalid' }]);
    expect(ground.internet.dns.questions).toEqual([]);
  });

  it('warns of a password that everybody may read', async () => {
    await using ground = await DoctorGround.make({
      settings: { DATABASE_URL: 'mysql://svc:top-secret@127.0.0.1:1/crm' },
    });
    expect((await examine(ground)).of('secrets')).toMatchObject([{ grade: 'ok' }]);

    chmodSync(join(ground.folder, '.env'), 0o644);

    expect((await examine(ground)).of('secrets')).toMatchObject([
      { grade: 'warning', next: 'chmod o= .env' },
    ]);
  });

  it('names the lock that the PHP job left in our way', async () => {
    await using ground = await DoctorGround.make();
    writeFileSync(join(ground.folder, 'storage', 'cron.lock'), '');

    expect((await examine(ground)).of('lock')).toMatchObject([{ grade: 'failure' }]);
  });

  it('tells a person the same in at most 80 columns', async () => {
    await using ground = await migrated();

    const { stdout } = await startProgram(['doctor', '--address', OURS], ground.folder).ended;

    expect(stdout).toMatch(/^ {2}ok {7}SPF: example\.net lets 198\.51\.100\.7 send/m);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(stdout).toMatch(/^\d+ ok, \d+ warnings, 0 failures: fit to probe/m);
  });
});

describe.skipIf(!hasMariadb())('the doctor on MariaDB', () => {
  const socket = inject('mariadbSocket')!;

  it('tells what a database lacks, step by step', async () => {
    const database = await createDatabase(socket, 'e2e_doctor');
    await using ground = await DoctorGround.make({
      settings: { DB_SOCKET: socket, DB_USER: 'root', DB_NAME: database.name },
    });
    const raw = await database.connect();
    const look = async () => {
      const { of } = await examine(ground);
      return ['database', 'schema', 'rights', 'connections', 'clock'].flatMap(of);
    };
    try {
      expect((await look())[1]).toMatchObject({
        grade: 'failure',
        text: expect.stringContaining('tables csv_list, ') as string,
      });

      await startProgram(['migrate'], ground.folder).ended;
      expect((await look()).map(({ grade }) => grade)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);

      await raw.query('ALTER TABLE emails DROP INDEX svc_pending');
      expect((await look())[1]).toMatchObject({
        grade: 'failure',
        text: 'missing: index svc_pending of emails',
      });
    } finally {
      await raw.end();
      await database.drop();
    }
  });

  it('tells what an account may not', async () => {
    const database = await createDatabase(socket, 'e2e_doctor_rights');
    await using ground = await DoctorGround.make({
      settings: { DB_SOCKET: socket, DB_USER: 'root', DB_NAME: database.name },
    });
    const raw = await database.connect();
    try {
      await startProgram(['migrate'], ground.folder).ended;
      await raw.query(`CREATE OR REPLACE USER svc_reader@localhost IDENTIFIED BY 'top-secret';
        GRANT SELECT ON ${database.name}.* TO svc_reader@localhost`);
      const asReader = { DB_USER: 'svc_reader', DB_PASSWORD: 'top-secret' };

      const { stdout } = await startProgram(['doctor', '--json'], ground.folder, asReader).ended;

      expect(stdout).toContain('validation_response) ON emails');
      expect(stdout).toContain('INSERT, UPDATE, DELETE ON svc_meta, svc_row');
      expect(stdout).not.toContain('top-secret');
    } finally {
      await raw.query('DROP USER IF EXISTS svc_reader@localhost');
      await raw.end();
      await database.drop();
    }
  });
});
