import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { openCronLog, openUserLog } from '../../src/files/text-log.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();

function clockAt(...time: [number, number, number, number, number, number]) {
  const clock = { ms: new Date(...time).getTime(), now: () => clock.ms };
  return clock;
}

describe('TextLog', () => {
  it('writes the lines of the guide under the names of the contract', () => {
    const clock = clockAt(2026, 1, 19, 10, 15, 1);
    const [cron, user] = [openCronLog(folder(), clock), openUserLog(folder(), 5, clock)];

    cron.line('=== MULTI-USER SMTP VALIDATION CRON START ===');
    cron.line('  - User ID 5: 1500 pending emails');
    user.line('[User 5] DYNAMIC ALLOCATION: 1500 emails → 28 workers (~54 emails/worker)');

    expect(readFileSync(join(folder(), 'smtp_validation_cron_2026-02-19.log'), 'utf8')).toBe(
      '[2026-02-19 10:15:01] === MULTI-USER SMTP VALIDATION CRON START ===\n[2026-02-19 10:15:01]   - User ID 5: 1500 pending emails\n',
    );
    expect(readFileSync(join(folder(), 'user_5_2026-02-19.log'), 'utf8')).toBe(
      '[2026-02-19 10:15:01] [User 5] DYNAMIC ALLOCATION: 1500 emails → 28 workers (~54 emails/worker)\n',
    );
    cron.close();
    user.close();
  });

  it('begins a new file at local midnight', () => {
    const clock = clockAt(2026, 1, 28, 23, 59, 59);
    const log = openCronLog(folder(), clock);

    log.line('before');
    clock.ms += 1000;
    log.line('after');
    log.close();

    expect(readFileSync(join(folder(), 'smtp_validation_cron_2026-02-28.log'), 'utf8')).toBe(
      '[2026-02-28 23:59:59] before\n',
    );
    expect(readFileSync(join(folder(), 'smtp_validation_cron_2026-03-01.log'), 'utf8')).toBe(
      '[2026-03-01 00:00:00] after\n',
    );
  });

  it('leaves no file when nothing is written', () => {
    openCronLog(folder(), clockAt(2026, 1, 28, 23, 59, 59)).close();

    expect(readdirSync(folder())).toEqual([]);
  });

  it.each([
    ['a line end', 'one\r\n[2026-02-19 10:15:02] forged'],
    ['other line ends', 'one\u2028two\u0085three\u000Bfour'],
    ['a terminal escape', '\u001B[31mred\u009B0m'],
    ['reversed text', 'abc\u202Edcba'],
    ['a format string', '100% of %s %d %j'],
  ])('keeps a text with %s on one line', (_, text) => {
    const log = openCronLog(folder(), clockAt(2026, 1, 19, 10, 15, 1));

    log.line(text);
    log.close();

    const written = readFileSync(join(folder(), 'smtp_validation_cron_2026-02-19.log'), 'utf8');
    expect(written).toMatch(/^\[2026-02-19 10:15:01\] [^\p{Cc}\u2028\u2029\u202E]+\n$/u);
  });

  it('writes a percent sign as it stands', () => {
    const log = openCronLog(folder(), clockAt(2026, 1, 19, 10, 15, 1));

    log.line('Progress: 100% of %s');
    log.close();

    expect(readFileSync(join(folder(), 'smtp_validation_cron_2026-02-19.log'), 'utf8')).toContain(
      '] Progress: 100% of %s\n',
    );
  });

  it('makes the folder again when it was removed', () => {
    const clock = clockAt(2026, 1, 19, 10, 15, 1);
    const log = openCronLog(join(folder(), 'logs'), clock);
    log.line('lost');
    rmSync(join(folder(), 'logs'), { recursive: true });
    clock.ms += 1000;

    log.line('kept');
    log.close();

    expect(readFileSync(join(folder(), 'logs/smtp_validation_cron_2026-02-19.log'), 'utf8')).toContain(
      'kept',
    );
  });

  it('says which file it cannot make, and why', () => {
    writeFileSync(join(folder(), 'logs'), '');
    const log = openCronLog(join(folder(), 'logs'), clockAt(2026, 1, 19, 10, 15, 1));

    expect(() => log.line('x')).toThrow(
      expect.objectContaining({
        code: 'FILE_NOT_CREATED',
        message: expect.stringMatching(/cannot create .*cron_2026-02-19\.log: /),
      }),
    );
  });
});
