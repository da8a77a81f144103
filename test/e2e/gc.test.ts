import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { makeWorld } from '../support/internet/world.ts';
import { Installation } from './installation.ts';

it('gc removes what is old, and says what; a dry run only says', async () => {
  const world = makeWorld({ seed: 11, domains: 6, lists: [{ userId: 5, addresses: 20 }] });
  await using installation = await Installation.make({ database: 'sqlite', world });
  await installation.runUntilDecided();
  const day = new Date(Date.now() - 20 * 86_400_000);
  const old = ['logs/user_5_2026-01-01.log', 'logs/json/smtp_validation.2026-01-01.1.jsonl'].map((name) =>
    join(installation.folder, name),
  );
  for (const path of old) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'x'.repeat(1_500));
    utimesSync(path, day, day);
  }
  await installation.database.execute('UPDATE svc_verdict SET decided_at = 7');

  const dry = await installation.run(['gc', '--dry-run']);
  const stillThere = old.map((path) => existsSync(path));
  const json = await installation.run(['gc', '--json']);
  const again = await installation.run(['gc']);

  expect(dry.stdout.split('\n').slice(0, 8)).toEqual([
    'Would be removed:',
    '   1  log files, older than 7 days, 1.5 kB',
    '   1  JSON log files, older than 7 days, 1.5 kB',
    '   0  batch files and journals set aside, older than 7 days',
    '   0  compiled code of other versions of Node, older than 7 days',
    '  20  evidence of verdicts, older than 90 days',
    '   0  expired domain facts, older than 90 days',
    '   0  turns of idle users, older than 30 days',
  ]);
  expect([dry.stderr, again.stderr]).toEqual(['', '']);
  expect(stillThere).toEqual([true, true]);
  expect(JSON.parse(json.stdout)).toMatchObject({
    dry_run: false,
    removed: expect.arrayContaining([
      expect.objectContaining({ kind: 'evidence', count: 20, days: 90 }),
      expect.objectContaining({ kind: 'log', count: 1, bytes: 1_500 }),
    ]) as unknown,
  });
  expect(old.map((path) => existsSync(path))).toEqual([false, false]);
  expect(again.stdout).not.toMatch(/^ *[1-9]/m);
  expect(await installation.database.query('SELECT * FROM svc_verdict')).toEqual([]);
}, 120_000);
