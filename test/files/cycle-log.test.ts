import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { maskingRedactor, NOTHING_REDACTED, type Redactor } from '../../src/domain/redact.ts';
import { CycleLog } from '../../src/files/cycle-log.ts';
import { cycleLoggedAt } from '../../src/files/find-logs.ts';
import { dayOfJsonLog } from '../../src/files/log-names.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();

function openLog(differs: { detailedLogging?: boolean; redactor?: Redactor } = {}) {
  const clock = { ms: new Date(2026, 1, 19, 10, 15, 1).getTime(), now: () => clock.ms };
  const log = new CycleLog({
    logDir: folder(),
    logRetentionDays: 7,
    detailedLogging: true,
    server: 's1',
    cycleId: 'c1',
    clock,
    redactor: NOTHING_REDACTED,
    ...differs,
  });
  return { log, clock };
}

function jsonLines(): Record<string, unknown>[] {
  const names = readdirSync(join(folder(), 'json'));
  return names.flatMap((name) =>
    readFileSync(join(folder(), 'json', name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  );
}

describe('CycleLog', () => {
  it('leaves behind when a cycle was here last', async () => {
    const { log, clock } = openLog();
    const written = clock.now() / 1000;
    log.cron('=== MULTI-USER SMTP VALIDATION CRON START ===');
    await log.close();
    utimesSync(join(folder(), 'smtp_validation_cron_2026-02-19.log'), written, written);

    const tomorrow = clock.now() + 24 * 3600 * 1000;
    expect([clock.now(), tomorrow].map((now) => cycleLoggedAt(folder(), now))).toEqual([
      written * 1000,
      written * 1000,
    ]);
    expect(cycleLoggedAt(folder(), tomorrow + 24 * 3600 * 1000)).toBeUndefined();
    expect(cycleLoggedAt(join(folder(), 'none'), clock.now())).toBeUndefined();
  });

  it('takes addresses out of what it is told, and out of its data', async () => {
    const { log } = openLog({ redactor: maskingRedactor() });

    log.cron('ERROR: ann@example.com was too much', { stack: 'at ann@example.com', rows: 2 });
    log.user(5, '[User 5] ann@example.com');
    await log.openJson();
    await log.close();

    const texts = readdirSync(folder())
      .filter((name) => name.endsWith('.log'))
      .map((name) => readFileSync(join(folder(), name), 'utf8'));
    expect(texts.toSorted()).toEqual([
      expect.stringContaining('ERROR: ***@example.com was too much'),
      expect.stringContaining('[User 5] ***@example.com'),
    ]);
    expect(jsonLines()).toMatchObject([{ stack: 'at ***@example.com', rows: 2 }, { user_id: 5 }]);
    expect(JSON.stringify(jsonLines())).not.toContain('ann');
  });

  it('puts an event into the right text file and, with its data, into the JSON log', async () => {
    const { log, clock } = openLog();
    const time = new Date(clock.ms).toISOString();

    log.cron('=== MULTI-USER SMTP VALIDATION CRON START ===', { server: 's1', claimed: 3 });
    await log.openJson();
    log.user(5, '[User 5] Found 1500 emails to validate', { emails: 1500 });
    log.cron('WARNING: 3 pending emails have no user');
    log.cron('ERROR: no more\nworkers');
    await log.close();

    expect(
      readFileSync(join(folder(), 'smtp_validation_cron_2026-02-19.log'), 'utf8').split('\n'),
    ).toHaveLength(4);
    expect(readFileSync(join(folder(), 'user_5_2026-02-19.log'), 'utf8')).toBe(
      '[2026-02-19 10:15:01] [User 5] Found 1500 emails to validate\n',
    );
    const opening = readFileSync(
      join(folder(), 'json', readdirSync(join(folder(), 'json'))[0]!),
      'utf8',
    ).split('\n')[0]!;
    expect(opening.match(/"server"/g)).toHaveLength(1);
    const who = { server: 's1', cycle: 'c1', time };
    expect(jsonLines()).toEqual([
      { level: 'info', ...who, msg: '=== MULTI-USER SMTP VALIDATION CRON START ===', claimed: 3 },
      { level: 'info', ...who, msg: '[User 5] Found 1500 emails to validate', user_id: 5, emails: 1500 },
      { level: 'warn', ...who, msg: 'WARNING: 3 pending emails have no user' },
      { level: 'error', ...who, msg: expect.stringMatching(/^ERROR: no more.*workers$/) },
    ]);
  });

  it('opens no JSON log for a cycle without work', async () => {
    const { log } = openLog();

    log.cron('No users with pending emails that are due. Exit.');
    await log.close();

    expect(readdirSync(folder())).toEqual(['smtp_validation_cron_2026-02-19.log']);
  });

  it('names JSON files so that retention knows them', async () => {
    const { log } = openLog();
    await log.openJson();
    log.cron('x');
    await log.close();

    expect(readdirSync(join(folder(), 'json')).map(dayOfJsonLog)).toEqual([
      expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    ]);
  });

  it('continues the file of the day in the next cycle', async () => {
    for (const text of ['first', 'second']) {
      const { log } = openLog();
      await log.openJson();
      log.cron(text);
      await log.close();
    }

    expect(readdirSync(join(folder(), 'json'))).toHaveLength(1);
    expect(jsonLines().map(({ msg }) => msg)).toEqual(['first', 'second']);
  });

  it('writes no file of a user without detailed logging', async () => {
    const { log } = openLog({ detailedLogging: false });

    await log.openJson();
    log.user(5, '[User 5] Found 1500 emails to validate');
    await log.close();

    expect(existsSync(join(folder(), 'user_5_2026-02-19.log'))).toBe(false);
    expect(jsonLines()).toHaveLength(1);
  });

  it('makes the JSON log again when its folder was removed', async () => {
    const { log, clock } = openLog();
    await log.openJson();
    log.cron('lost');
    rmSync(join(folder(), 'json'), { recursive: true });
    clock.ms += 1000;

    log.cron('kept');
    await log.close();

    expect(jsonLines().map(({ msg }) => msg)).toEqual(['kept']);
  });

  it('never throws where something is told: the first failure is kept for whoever can stop', async () => {
    const { log } = openLog();
    log.cron('goes well');
    expect(log.failure).toBeUndefined();
    mkdirSync(join(folder(), 'user_5_2026-02-19.log'));

    log.user(5, '[User 5] cannot be told');
    log.cron('goes on');
    await log.close();

    expect(log.failure).toMatchObject({ code: 'FILE_NOT_CREATED' });
    expect(readFileSync(join(folder(), 'smtp_validation_cron_2026-02-19.log'), 'utf8')).toContain('goes on');
  });

  it('says that the JSON log cannot be made', async () => {
    writeFileSync(join(folder(), 'json'), '');
    const { log } = openLog();

    await expect(log.openJson()).rejects.toMatchObject({ code: 'FILE_NOT_CREATED' });
    await log.close();
  });
});
