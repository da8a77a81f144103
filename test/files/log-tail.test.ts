import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findLogs, type LogChoice } from '../../src/files/find-logs.ts';
import { LogTail } from '../../src/files/log-tail.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();

describe('LogTail', () => {
  const file = (): string => join(folder(), 'a.log');
  const read = (tail: LogTail): string[] => [...tail.readLines()];

  it('gives lines as they become whole, also where a letter was cut in two', () => {
    const tail = new LogTail(file());
    const [first, second] = [Buffer.from('ein\n✓ z').subarray(0, 5), Buffer.from('ein\n✓ z').subarray(5)];

    const before = read(tail);
    writeFileSync(file(), first);
    const half = read(tail);
    appendFileSync(file(), second);
    const still = read(tail);
    appendFileSync(file(), 'wei\n\n');

    expect([before, half, still, read(tail)]).toEqual([[], ['ein'], [], ['✓ zwei', '']]);
  });

  it.each([
    { lines: 2, text: 'a\nb\nc\n', left: ['b', 'c'] },
    { lines: 9, text: 'a\nb\nc\n', left: ['a', 'b', 'c'] },
    { lines: 0, text: 'a\nb\n', left: [] },
    { lines: 1, text: '', left: [] },
    { lines: 2, text: `${'x'.repeat(200_000)}\n${'y'.repeat(70_000)}\nz\n`, left: ['y'.repeat(70_000), 'z'] },
  ])('passes over all but the last $lines lines', ({ lines, text, left }) => {
    writeFileSync(file(), text);
    const tail = new LogTail(file());

    tail.skipTo(lines);

    expect(read(tail)).toEqual(left);
  });

  it('begins anew with a file that took the name, or that was cut short', () => {
    writeFileSync(file(), 'a\nb\n');
    const tail = new LogTail(file());
    read(tail);
    renameSync(file(), join(folder(), 'a.log.1'));
    const gone = read(tail);
    writeFileSync(file(), 'c\n');
    const anew = read(tail);
    truncateSync(file());
    appendFileSync(file(), 'd');
    appendFileSync(file(), '\n');

    expect([gone, anew]).toEqual([[], ['c']]);
    truncateSync(file(), 0);
    expect(read(tail)).toEqual([]);
    appendFileSync(file(), 'e\n');
    expect(read(tail)).toEqual(['e']);
  });

  it('holds no more of a line that never ends than it must', () => {
    writeFileSync(file(), 'x'.repeat(3_000_000));

    const [first] = read(new LogTail(file()));

    expect(first!.length).toBeLessThan(1_100_000);
  });
});

describe('findLogs', () => {
  const NOON = new Date(2026, 10, 24, 12).getTime();
  const make = (...names: string[]): void => {
    mkdirSync(join(folder(), 'json'), { recursive: true });
    for (const name of names) writeFileSync(join(folder(), name), '');
  };
  const choice: LogChoice = { userId: undefined, workerId: undefined, isJson: false, since: NOON };
  const find = (differs: Partial<LogChoice>): string[] =>
    findLogs(folder(), { ...choice, ...differs }).map(({ path }) => basename(path));

  it.each<{ what: string; differs: Partial<LogChoice>; found: string[] }>([
    {
      what: 'cycles',
      differs: {},
      found: ['smtp_validation_cron_2026-11-24.log', 'smtp_validation_cron_2026-11-25.log'],
    },
    {
      what: 'a user and its workers',
      differs: { userId: 5 },
      found: [
        'user_5_2026-11-24.log',
        'user_5_worker_12_2026-11-24_10-00-00.log',
        'user_5_worker_1_2026-11-24_10-00-00.log',
      ],
    },
    {
      what: 'one worker',
      differs: { userId: 5, workerId: 1 },
      found: ['user_5_worker_1_2026-11-24_10-00-00.log'],
    },
    { what: 'machines', differs: { isJson: true }, found: ['smtp_validation.2026-11-24.1.jsonl'] },
    { what: 'nobody', differs: { userId: 6 }, found: [] },
  ])('finds those of $what, of today and later', ({ differs, found }) => {
    make(
      'smtp_validation_cron_2026-11-23.log',
      'smtp_validation_cron_2026-11-24.log',
      'smtp_validation_cron_2026-11-25.log',
      'user_5_2026-11-24.log',
      'user_55_2026-11-24.log',
      'user_5_worker_1_2026-11-24_10-00-00.log',
      'user_5_worker_12_2026-11-24_10-00-00.log',
      'user_55_worker_1_2026-11-24_10-00-00.log',
      'php_errors.log',
      'json/smtp_validation.2026-11-24.1.jsonl',
      'json/smtp_validation.2026-11-23.1.jsonl',
    );

    expect(find(differs)).toEqual(found);
  });

  it('finds a worker’s log that was begun yesterday and written to today', () => {
    make('user_5_worker_1_2026-11-23_23-50-00.log', 'user_5_worker_2_2026-11-23_23-50-00.log');
    const [today, yesterday] = [NOON / 1000, NOON / 1000 - 86_400];
    utimesSync(join(folder(), 'user_5_worker_1_2026-11-23_23-50-00.log'), today, today);
    utimesSync(join(folder(), 'user_5_worker_2_2026-11-23_23-50-00.log'), yesterday, yesterday);

    expect(find({ userId: 5 })).toEqual(['user_5_worker_1_2026-11-23_23-50-00.log']);
  });

  it('finds nothing where there is no folder', () => {
    rmSync(folder(), { recursive: true });

    expect(find({})).toEqual([]);
  });
});
