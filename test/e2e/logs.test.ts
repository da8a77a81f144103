// The command `logs` of the built program, and what LOG_REDACT leaves in the logs.

import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dayStamp } from '../../src/platform/clock.ts';
import { makeWorld } from '../support/internet/world.ts';
import { waitFor } from '../support/wait-for.ts';
import { Installation, type Started } from './installation.ts';

const world = makeWorld({ seed: 11, domains: 6, lists: [{ userId: 5, addresses: 20 }] });
const today = dayStamp(Date.now());

/** What a program has printed so far. */
function outputOf({ child }: Started): () => string {
  const chunks: Buffer[] = [];
  child.stdout!.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

describe('logs', () => {
  it('follows a user’s log and those of workers that come later, and ends quietly', async () => {
    await using installation = await Installation.make({ database: 'sqlite', world });
    const logs = join(installation.folder, 'logs');
    mkdirSync(logs, { recursive: true });
    writeFileSync(join(logs, `user_5_${today}.log`), `[${today} 00:00:01] [User 5] hello\n`);
    const started = installation.start(['logs', '--user', '5', '--follow']);
    const output = outputOf(started);
    await waitFor(() => output().includes('hello'), 'what is there is printed', 30_000);

    appendFileSync(
      join(logs, `user_5_worker_3_${today}_00-00-02.log`),
      `[${today} 00:00:03] ✓ EMAIL: ann@example.com | STATUS: valid\n[${today} 00:00:04] \u001B[2J\u202Eevil\n`,
    );
    appendFileSync(join(logs, `user_6_${today}.log`), `[${today} 00:00:05] not ours\n`);
    appendFileSync(join(logs, 'user_5_2999-01-01.log'), '[2999-01-01 00:00:00] after midnight\n');
    await waitFor(
      () => output().includes('midnight') && output().includes('evil'),
      'what came later is printed',
    );
    started.child.kill('SIGINT');
    const { exitCode, stderr } = await started.ended;

    expect(output().split('\n').toSorted().filter(Boolean)).toEqual(
      [
        `[${today} 00:00:01] [User 5] hello`,
        `[${today} 00:00:03] w3 ✓ EMAIL: ann@example.com | STATUS: valid`,
        `[${today} 00:00:04] w3 [2Jevil`,
        '[2999-01-01 00:00:00] after midnight',
      ].toSorted(),
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  }, 120_000);

  it('prints the last lines of a cycle, the events as JSON, and what it knows of an address', async () => {
    await using installation = await Installation.make({ database: 'sqlite', world });
    await installation.runUntilDecided();
    const [row] = await installation.database.query<{ email: string }>(
      "SELECT raw_emailid AS email FROM emails WHERE validation_status = 'valid' LIMIT 1",
    );

    const cron = await installation.run(['logs', '-n', '2']);
    const events = await installation.run(['logs', '--user', '5', '--json', '-n', '3']);
    const about = await installation.run(['logs', '--user', '5', '--address', row!.email.toUpperCase()]);
    const usage = await installation.run(['logs', '--worker', '3']);

    expect(cron.stdout).toMatch(/^\[[\d :-]{19}\] Cycle completed: .*\n\[[\d :-]{19}\] === .* END ===\n$/);
    const parsed = events.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { user_id: number });
    expect(parsed.map(({ user_id }) => user_id)).toEqual([5, 5, 5]);
    expect(about.stdout).toMatch(new RegExp(`w\\d+ ✓ EMAIL: ${row!.email} \\|`));
    expect(usage.exitCode).toBe(64);
  }, 120_000);
});

describe('LOG_REDACT', () => {
  it('keeps addresses out of all logs, and finds one by its hash', async () => {
    await using installation = await Installation.make({
      database: 'sqlite',
      world,
      settings: { LOG_REDACT: 'hash' },
    });
    await installation.runUntilDecided();
    const emails = await installation.database.query<{ email: string }>(
      'SELECT raw_emailid AS email FROM emails',
    );

    const log = installation.logLines(/\.log$/).join('\n');
    const json = existsSync(join(installation.folder, 'logs', 'json'))
      ? (await installation.run(['logs', '--json', '-n', '1000'])).stdout
      : '';
    const about = await installation.run(['logs', '--user', '5', '--address', emails[0]!.email]);

    for (const { email } of emails)
      expect(`${log}\n${json}`.toLowerCase()).not.toContain(email.toLowerCase());
    expect(log.match(/EMAIL: #[0-9a-f]{16} \|/g)!.length).toBeGreaterThanOrEqual(20);
    expect(about.stdout).toMatch(/^\[[^\]]+\] w\d+ . EMAIL: #[0-9a-f]{16} \| STATUS/);
    expect(about.stderr).toMatch(/^logs: with LOG_REDACT=hash this address is #[0-9a-f]{16} in the logs\n$/);
  }, 120_000);
});
