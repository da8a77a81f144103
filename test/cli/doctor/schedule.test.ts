// What starts us: lines of crontabs, units of systemd, and where they are looked for.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findCronEntries, readService, serviceOfTimer } from '../../../src/cli/doctor/crontab.ts';
import { findStarters, judgeSchedule } from '../../../src/cli/doctor/schedule.ts';

describe('findCronEntries', () => {
  it.each<{ line: string; hasUser?: true; found: object | undefined }>([
    {
      line: '* * * * *  cd /opt/smtp-validate-cron && ./bin/smtp-validate-cron',
      found: { isPhpJob: false, isEachMinute: true, folder: '/opt/smtp-validate-cron' },
    },
    {
      line: '* * * * * sleep 30; cd "/opt/my folder" && ./bin/smtp-validate-cron run --max-runtime 10m >>/tmp/x 2>&1',
      found: { isEachMinute: true, folder: '/opt/my folder' },
    },
    {
      line: '*/1 * * * * /usr/local/bin/smtp-validate-cron',
      found: { isEachMinute: true, folder: undefined },
    },
    {
      line: '* * * * * cd /opt/x && /usr/bin/node /opt/x/bin/smtp-validate-cron run --shadow --since 7d',
      found: { isEachMinute: true, isShadow: true, folder: '/opt/x' },
    },
    { line: '*/5 * * * * smtp-validate-cron', found: { isEachMinute: false } },
    { line: '* 8-18 * * * smtp-validate-cron', found: { isEachMinute: false } },
    { line: '@hourly smtp-validate-cron', found: undefined },
    { line: '* * * * * smtp-validate-cron --max-runtime 5m', found: { isEachMinute: true } },
    { line: '* * * * * svc cd /opt/x; npx smtp-validate-cron', hasUser: true, found: { folder: '/opt/x' } },
    { line: '0 7 * * * cd /opt/x && smtp-validate-cron doctor', found: undefined },
    { line: '0 7 * * * tail /var/log/smtp-validate-cron.log', found: undefined },
    { line: '# * * * * * smtp-validate-cron', found: undefined },
    { line: 'MAILTO=smtp-validate-cron@example.net', found: undefined },
    {
      line: '* * * * * /usr/bin/php /opt/crm/backend/includes/smtp_validation_cron.php >> /opt/crm/cron.log 2>&1',
      found: { isPhpJob: true },
    },
  ])('reads $line', ({ line, hasUser = false, found }) => {
    expect(findCronEntries(`SHELL=/bin/sh\n\n${line}\n`, hasUser)).toEqual(
      found === undefined ? [] : [expect.objectContaining({ ...found, line })],
    );
  });

  it('finds the line of deploy/crontab', () => {
    expect(findCronEntries(readFileSync('deploy/crontab', 'utf8'), false)).toMatchObject([
      { isEachMinute: true, isPhpJob: false },
    ]);
  });
});

it('reads the units of deploy/systemd', () => {
  const timer = readFileSync('deploy/systemd/smtp-validate-cron.timer', 'utf8');
  const service = readFileSync('deploy/systemd/smtp-validate-cron.service', 'utf8');

  expect(serviceOfTimer('smtp-validate-cron.timer', timer)).toBe('smtp-validate-cron.service');
  expect(serviceOfTimer('x.timer', '[Timer]\nUnit=other.service\n')).toBe('other.service');
  expect(readService(service)).toEqual({
    startsUs: true,
    isShadow: false,
    folder: '/opt/smtp-validate-cron',
  });
  expect(readService('[Service]\nExecStart=/bin/true\n')).toEqual({
    startsUs: false,
    isShadow: false,
    folder: undefined,
  });
});

describe('findStarters', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'svc-root-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const nothing = async () => '';
  const look = async (ownTable: () => Promise<string | { readonly why: string }> = nothing) =>
    judgeSchedule(await findStarters(root, ownTable), root);
  const EACH_MINUTE = '* * * * * root smtp-validate-cron\n';

  it.each([
    ['etc/crontab', EACH_MINUTE],
    ['etc/cron.d/smtp', EACH_MINUTE],
  ])('finds it in %s', async (path, text) => {
    write(path, text);

    expect(await look()).toMatchObject([{ grade: 'ok', text: `${join(root, path)} starts it each minute` }]);
  });

  it('finds it in the crontab of this user', async () => {
    expect(await look(async () => `* * * * * cd ${root} && smtp-validate-cron\n`)).toMatchObject([
      { grade: 'ok', text: 'the crontab of this user starts it each minute' },
    ]);
  });

  it('finds a timer that is enabled, and no other', async () => {
    for (const name of ['timer', 'service']) {
      const text = readFileSync(`deploy/systemd/smtp-validate-cron.${name}`, 'utf8');
      write(
        `etc/systemd/system/smtp-validate-cron.${name}`,
        text.replaceAll('/opt/smtp-validate-cron', root),
      );
    }
    expect(await look()).toMatchObject([
      { grade: 'warning', text: expect.stringContaining('nothing was found') as string },
    ]);

    write('etc/systemd/system/timers.target.wants/smtp-validate-cron.timer', '');

    expect(await look()).toMatchObject([{ grade: 'ok', text: 'smtp-validate-cron.timer starts it' }]);
  });

  it('warns of the PHP job beside us', async () => {
    write('etc/crontab', `${EACH_MINUTE}* * * * * root php /opt/crm/smtp_validation_cron.php\n`);

    expect(await look()).toMatchObject([{ about: 'PHP job', grade: 'warning' }, { grade: 'ok' }]);
  });

  it('has nothing against the PHP job beside a shadow run', async () => {
    write(
      'etc/crontab',
      `* * * * * root smtp-validate-cron run --shadow\n* * * * * root php smtp_validation_cron.php\n`,
    );

    expect(await look()).toMatchObject([
      { about: 'PHP job', grade: 'ok' },
      {
        about: 'schedule',
        grade: 'ok',
        text: expect.stringContaining('starts a shadow run each minute') as string,
      },
    ]);
  });

  it('warns of another folder, since its settings are others', async () => {
    write('etc/crontab', '* * * * * root cd /usr && smtp-validate-cron\n');

    expect(await look()).toMatchObject([
      { grade: 'warning', next: 'Run the doctor in /usr to see what the cycles see.' },
    ]);
  });

  it('warns when it is started too seldom', async () => {
    write('etc/crontab', '*/10 * * * * root smtp-validate-cron\n');

    expect(await look()).toMatchObject([
      { grade: 'warning', text: expect.stringContaining('not each minute') as string },
    ]);
  });

  it('says what it could not read', async () => {
    const remarks = await look(async () => ({ why: 'crontab is not installed' }));

    expect(remarks).toMatchObject([
      { grade: 'warning', text: expect.stringContaining('crontab is not installed') as string },
    ]);
  });
});
