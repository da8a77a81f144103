import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cronLine, placeBlock } from '../../src/cli/install/crontab-block.ts';
import { shellWord, unitWord, type Starter } from '../../src/cli/install/starter.ts';
import { isUnedited, systemdUnits } from '../../src/cli/install/systemd-units.ts';
import { findCronEntries } from '../../src/cli/doctor/crontab.ts';
import { startProgram } from '../e2e/installation.ts';

const starter = (differs: Partial<Starter> = {}): Starter => ({
  folder: '/opt/smtp-validate-cron',
  node: '/usr/bin/node',
  program: '/opt/smtp-validate-cron/bin/smtp-validate-cron',
  args: [],
  offsetSeconds: 0,
  ...differs,
});

describe('shellWord and unitWord', () => {
  it.each([
    { text: '/opt/a-b_c.1', shell: '/opt/a-b_c.1', unit: '/opt/a-b_c.1' },
    { text: '/opt/a b', shell: "'/opt/a b'", unit: '"/opt/a b"' },
    { text: "/o'p", shell: String.raw`'/o'\''p'`, unit: `"/o'p"` },
    { text: '/a$b', shell: "'/a$b'", unit: '/a$$b' },
    { text: '/a%b', shell: '/a%b', unit: '/a%%b' },
    { text: '/a"b', shell: `'/a"b'`, unit: String.raw`"/a\"b"` },
    { text: '', shell: "''", unit: '""' },
  ])('writes $text', ({ text, shell, unit }) => {
    expect([shellWord(text), unitWord(text)]).toEqual([shell, unit]);
  });
});

describe('cronLine', () => {
  it.each([
    {
      what: 'the first server',
      differs: {},
      line: '* * * * *  cd /opt/smtp-validate-cron && /usr/bin/node /opt/smtp-validate-cron/bin/smtp-validate-cron',
    },
    {
      what: 'the second server, in shadow',
      differs: { offsetSeconds: 30, args: ['run', '--shadow', '--since', '7d'] },
      line: '* * * * *  sleep 30; cd /opt/smtp-validate-cron && /usr/bin/node /opt/smtp-validate-cron/bin/smtp-validate-cron run --shadow --since 7d',
    },
    {
      what: 'a folder with a per cent sign, which crontab(5) takes for a line break',
      differs: { folder: '/srv/100% mail' },
      line: String.raw`* * * * *  cd '/srv/100\% mail' && /usr/bin/node /opt/smtp-validate-cron/bin/smtp-validate-cron`,
    },
  ])('is written for $what', ({ differs, line }) => {
    expect(cronLine(starter(differs))).toBe(line);
  });

  it.each([{}, { folder: '/srv/a b' }, { program: '/srv/a b/bin/smtp-validate-cron', offsetSeconds: 30 }])(
    'is found again by the doctor: %j',
    (differs) => {
      const wanted = starter(differs);

      expect(findCronEntries(cronLine(wanted), false)).toMatchObject([
        { isPhpJob: false, isEachMinute: true, folder: wanted.folder },
      ]);
    },
  );
});

describe('placeBlock', () => {
  const foreign = '# mine\nMAILTO=ann@example.com\n5 4 * * *  backup 100\\%\n';
  const placed = placeBlock(foreign, starter()).table;

  it('adds a block and leaves the rest to the letter', () => {
    expect(placed.startsWith(foreign)).toBe(true);
    expect(placed.slice(foreign.length)).toMatch(/^# BEGIN .*\n# Written .*\n\* \* .*\n# END .*\n$/);
  });

  it('changes nothing the second time', () => {
    expect(placeBlock(placed, starter())).toMatchObject({ isChanged: false, rivals: [] });
  });

  it('replaces its own block where it stands', () => {
    const table = `${placed}# behind\n`;

    const next = placeBlock(table, starter({ offsetSeconds: 30 })).table;

    expect(next).toBe(table.replace('* * * * *  cd', '* * * * *  sleep 30; cd'));
  });

  it('keeps blocks of other folders', () => {
    const other = starter({ folder: '/opt/other' });

    const both = placeBlock(placed, other).table;

    expect(both.startsWith(placed)).toBe(true);
    expect(placeBlock(both, starter())).toMatchObject({ isChanged: false, rivals: [] });
  });

  it('loses nothing behind a block whose end is gone', () => {
    const torn = `${placed.replace(/# END .*\n/, '')}7 7 * * *  precious\n`;

    expect(placeBlock(torn, starter()).table).toContain('7 7 * * *  precious\n');
  });

  it('begins on a line of its own where the table does not end with one', () => {
    expect(placeBlock('5 4 * * *  backup', starter()).table).toMatch(/^5 4 \* \* \* {2}backup\n# BEGIN /);
  });

  it('names lines beside it that start us here, and those of the PHP job', () => {
    const table = [
      '* * * * *  cd /opt/smtp-validate-cron && ./bin/smtp-validate-cron',
      '* * * * *  cd /opt/other && ./bin/smtp-validate-cron',
      '* * * * *  /usr/bin/php /opt/lampp/x/smtp_validation_cron.php',
      '',
    ].join('\n');

    const { rivals, phpJobs } = placeBlock(table, starter());

    expect([rivals.length, phpJobs.length]).toEqual([1, 1]);
    expect(rivals[0]).toContain('/opt/smtp-validate-cron');
  });
});

describe('systemdUnits', () => {
  const units = systemdUnits({
    ...starter(),
    runAs: 'smtp-validate',
    writable: ['/opt/smtp-validate-cron/logs', '/opt/smtp-validate-cron/storage'],
  });

  it.each(Object.entries(units))('makes %s of deploy/systemd', async (name, text) => {
    await expect(text).toMatchFileSnapshot(`../../deploy/systemd/${name}`);
  });

  it('knows a unit that nobody edited', () => {
    const [text = ''] = Object.values(units);

    expect(isUnedited(text)).toBe(true);
    expect(isUnedited(text.replace('UMask=0027', 'UMask=0022'))).toBe(false);
    expect(isUnedited(text.split('\n').slice(1).join('\n'))).toBe(false);
  });

  it('can read what is in a home', () => {
    const text = systemdUnits({ ...starter({ folder: '/home/ann/v' }), runAs: 'ann', writable: ['/var/v'] });

    expect(text['smtp-validate-cron.service']).toContain('ProtectHome=read-only');
    expect(units['smtp-validate-cron.service']).toContain('ProtectHome=true');
  });
});

describe('install', () => {
  let folder: string;
  const tablePath = () => join(folder, 'table');
  const table = () => readFileSync(tablePath(), 'utf8');
  const run = (...args: readonly string[]) =>
    startProgram(['install', ...args], folder, { PATH: `${folder}:${process.env['PATH'] ?? ''}` }).ended;
  /** A crontab(1) that keeps its table in the folder. */
  const fakeCrontab = (script: string): void => {
    writeFileSync(join(folder, 'crontab'), `#!/bin/sh\ncd ${folder} || exit 9\n${script}\n`);
    chmodSync(join(folder, 'crontab'), 0o755);
  };
  const HONEST = String.raw`case $1 in
    -l) if [ -f table ]; then cat table; else echo "no crontab for $(id -un)" >&2; exit 1; fi ;;
    -) cat >table ;;
    *) echo "usage" >&2; exit 2 ;;
  esac`;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'svc-install-'));
    writeFileSync(join(folder, '.env'), '');
    fakeCrontab(HONEST);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('prints the line with the paths of this installation, and writes nothing', async () => {
    const { stdout, exitCode } = await run('cron');

    expect(exitCode).toBe(0);
    expect(stdout).toContain(`cd ${folder} && ${process.execPath} ${resolve('bin/smtp-validate-cron')}\n`);
    expect(existsSync(tablePath())).toBe(false);
  });

  it('makes the crontab of a user who has none, once', async () => {
    const first = await run('cron', '--write');
    const written = table();
    const second = await run('cron', '--write');

    expect(first.stdout).toContain('Written to the crontab:');
    expect(second).toEqual({ exitCode: 0, stdout: 'The crontab has it already.\n', stderr: '' });
    expect(table()).toBe(written);
  });

  it('goes from the shadow run to the real one, and warns of the PHP job', async () => {
    const php = '* * * * *  /usr/bin/php /opt/lampp/x/smtp_validation_cron.php\n';
    writeFileSync(tablePath(), php);

    const shadow = await run('cron', '--shadow', '--since', '7d', '--write');
    const real = await run('cron', '--write');

    expect(shadow.stderr).toBe('');
    expect(real.stderr).toContain('WARNING: the crontab starts smtp_validation_cron.php as well');
    expect(table().startsWith(php)).toBe(true);
    expect(table()).not.toContain('--shadow');
  });

  it.each([
    {
      what: 'a line of ours that somebody wrote by hand',
      script: HONEST,
      had: '* * * * *  cd FOLDER && smtp-validate-cron\n',
      exitCode: 64,
      says: 'starts it already',
    },
    {
      what: 'a crontab that cannot be read',
      script: 'echo "you are not allowed to use this program" >&2; exit 1',
      had: '1 1 * * *  precious\n',
      exitCode: 74,
      says: 'could not be read (you are not allowed to use this program); nothing was changed',
    },
    {
      what: 'a crontab(1) that refuses the table',
      script: `[ "$1" = - ] && { echo "bad minute" >&2; exit 1; }; ${HONEST}`,
      had: '1 1 * * *  precious\n',
      exitCode: 74,
      says: 'was not taken (bad minute)',
    },
    {
      what: 'a crontab(1) that says yes and does nothing',
      script: `[ "$1" = - ] && { cat >/dev/null; exit 0; }; ${HONEST}`,
      had: '1 1 * * *  precious\n',
      exitCode: 74,
      says: 'it reads otherwise now',
    },
  ])('leaves the table as it was before $what', async ({ script, had, exitCode, says }) => {
    fakeCrontab(script);
    writeFileSync(tablePath(), had.replace('FOLDER', folder));

    const run1 = await run('cron', '--write');

    expect(run1.exitCode).toBe(exitCode);
    expect(run1.stderr).toContain(says);
    expect(table()).toBe(had.replace('FOLDER', folder));
  });

  it('lets the service write its metrics, too', async () => {
    writeFileSync(join(folder, '.env'), 'METRICS_FILE=/var/lib/metrics/smtp.prom\n');

    const { stdout } = await run('systemd');

    expect(stdout).toContain(`\nReadWritePaths=${folder}/logs ${folder}/storage /var/lib/metrics\n`);
  });

  it('writes units, replaces its own, and leaves edited ones alone', async () => {
    const to = join(folder, 'units');
    mkdirSync(to);
    const service = join(to, 'smtp-validate-cron.service');
    const first = await run('systemd', '--to', to, '--write', '--run-as', 'nobody');
    const again = await run('systemd', '--to', to, '--write', '--run-as', 'nobody');
    const other = await run('systemd', '--to', to, '--write', '--run-as', 'daemon');
    writeFileSync(service, readFileSync(service, 'utf8').replace('TimeoutStopSec=60', 'TimeoutStopSec=90'));
    const edited = readFileSync(service, 'utf8');
    const refused = await run('systemd', '--to', to, '--write', '--run-as', 'nobody');

    expect(first.stdout).toContain(`Written: ${service}\n`);
    expect(again.stdout).toContain(`There already: ${service}\n`);
    expect(other.stdout).toContain(`Written: ${service}\n`);
    expect(refused).toMatchObject({ exitCode: 73, stdout: '' });
    expect(refused.stderr).toContain('was edited or not made by this command; nothing was changed');
    expect(readFileSync(service, 'utf8')).toBe(edited);
  });

  it.each([
    { args: ['cron', '--offset', '60'], says: 'expected seconds from 0 to 59' },
    { args: ['cron', '--since', '7d'], says: '--since goes with --shadow' },
    { args: ['cron', '--run-as', 'a b'], says: 'expected the name of a user' },
    { args: ['launchd'], says: 'Allowed choices are cron, systemd' },
  ])('refuses $args', async ({ args, says }) => {
    const { exitCode, stderr } = await run(...args);

    expect(exitCode).toBe(64);
    expect(stderr).toContain(says);
  });
});
