import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it, vi } from 'vitest';

import { NO_OUTCOMES } from '../../src/domain/verdict.ts';
import { headerBlock, summaryText, workerLine, WorkerLog } from '../../src/files/worker-log.ts';
import { someResult } from '../support/some-result.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const clock = { now: () => new Date(2026, 1, 19, 10, 15, 3).getTime() };
const header = { workerId: 1, userId: 5, pid: 4711 };

describe('workerLine', () => {
  it.each([
    [
      {},
      '✓ EMAIL: john@example.com | STATUS: valid | RESPONSE: 192.0.2.1 | REASON: accepted | MX: mx1.example.com',
    ],
    [
      { status: 'catch-all', reason: 'accepts-all' },
      '✓ EMAIL: john@example.com | STATUS: catch-all | RESPONSE: 192.0.2.1 | REASON: accepts-all | MX: mx1.example.com',
    ],
    [
      { status: 'invalid', reason: 'mailbox-not-found', response: '550 User not found' },
      '✗ EMAIL: john@example.com | STATUS: invalid | RESPONSE: 550 User not found | REASON: mailbox-not-found | MX: mx1.example.com',
    ],
    [
      { status: 'disposable', reason: 'disposable-domain', response: 'disposable domain', mx: undefined },
      '✗ EMAIL: john@example.com | STATUS: disposable | RESPONSE: disposable domain | REASON: disposable-domain',
    ],
    [
      { status: 'unknown', reason: 'timeout', response: 'timeout: no greeting', mx: undefined },
      '? EMAIL: john@example.com | STATUS: unknown | RESPONSE: timeout: no greeting | REASON: timeout',
    ],
    [
      { status: 'deferred', reason: 'greylisted', response: '450 4.2.0 greylisted', retryInSeconds: 300 },
      '? EMAIL: john@example.com | STATUS: deferred | RESPONSE: 450 4.2.0 greylisted | REASON: greylisted | MX: mx1.example.com | RETRY: in 300 s (attempt 2)',
    ],
    [
      { takenFrom: { rowId: 8 } },
      '✓ EMAIL: john@example.com | STATUS: valid | RESPONSE: 192.0.2.1 | REASON: accepted | MX: mx1.example.com | SAME ADDRESS: row 8',
    ],
    [
      { id: 7, takenFrom: { rowId: 7 } },
      '✓ EMAIL: john@example.com | STATUS: valid | RESPONSE: 192.0.2.1 | REASON: accepted | MX: mx1.example.com | TAKEN OVER: from a shadow run',
    ],
  ] as const)('writes %j as the guide does', (differs, line) => {
    expect(workerLine(someResult(differs))).toBe(line);
  });

  it.each([
    ['a forged field', { response: '550 no | STATUS: valid | RESPONSE: 1.2.3.4' }],
    ['a bar at the end', { response: '550 no |' }],
    ['bars in a row', { response: '550 no || STATUS: valid ||' }],
    [
      'a forged line',
      { response: '550 no\r\n[2026-02-19 10:15:05] ✓ EMAIL: eve@example.com | STATUS: valid' },
    ],
    ['a terminal escape', { response: '550 \u001B[2J\u009B1m no' }],
    ['a mark', { response: '550 ✓ EMAIL: eve@example.com' }],
    ['a forged host', { mx: 'mx.example.com | RETRY: in 1 s' }],
    ['a forged address', { email: '"a | STATUS: valid | "@example.com' }],
  ])('lets no text from outside look like ours: %s', (_, differs) => {
    const line = workerLine(someResult({ status: 'invalid', reason: 'mailbox-not-found', ...differs }));

    expect(line.split(' | ').map((field) => field.split(':')[0])).toEqual([
      '✗ EMAIL',
      'STATUS',
      'RESPONSE',
      'REASON',
      'MX',
    ]);
    expect(line).toMatch(/^[^\p{Cc}]+$/u);
    expect(line).not.toMatch(/✓|STATUS: valid|^.+EMAIL: .+EMAIL: /);
  });

  it('leaves a bar within a local part as it is', () => {
    expect(workerLine(someResult({ email: 'a|b@example.com' }))).toContain('EMAIL: a|b@example.com | STATUS');
  });
});

describe('headerBlock', () => {
  it('is the block of the guide', () => {
    expect(headerBlock(header, clock.now()).split('\n')).toEqual([
      '=== WORKER LOG STARTED ===',
      'Worker ID: 1',
      'User ID: 5',
      'Process ID: 4711',
      'Started: 2026-02-19 10:15:03',
      '=========================',
      '',
      '',
    ]);
  });
});

describe('summaryText', () => {
  it.each([
    [{ valid: 40, 'catch-all': 2, invalid: 11, disposable: 1 }, 'Processed 54 emails: Valid=42, Invalid=12'],
    [{ valid: 1, unknown: 2 }, 'Processed 3 emails: Valid=1, Invalid=0, Unknown=2'],
    [{ deferred: 3 }, 'Processed 3 emails: Valid=0, Invalid=0, Deferred=3'],
  ])('of %j is "%s"', (counts, text) => {
    expect(summaryText({ ...NO_OUTCOMES, ...counts })).toBe(text);
  });
});

describe('WorkerLog', () => {
  it('writes header, lines and summary as the guide has them', () => {
    const path = join(folder(), 'logs/user_5_worker_1.log');
    const log = new WorkerLog(path, header, clock);

    log.tell('Processing emails from index 0 to 54 (54 emails)');
    log.result(someResult());
    log.summary({ ...NO_OUTCOMES, valid: 1 });
    log.close();

    expect(linesOf(path)).toEqual([
      '[2026-02-19 10:15:03] [User 5 | Worker 1] Processing emails from index 0 to 54 (54 emails)',
      '[2026-02-19 10:15:03] ✓ EMAIL: john@example.com | STATUS: valid | RESPONSE: 192.0.2.1 | REASON: accepted | MX: mx1.example.com',
      '[2026-02-19 10:15:03] [User 5 | Worker 1] Processed 1 emails: Valid=1, Invalid=0',
      '',
    ]);
  });

  it('shows a line to a reader within a moment, without being closed', async () => {
    const path = join(folder(), 'worker.log');
    const log = new WorkerLog(path, header, clock);

    log.result(someResult());

    await vi.waitFor(() => expect(linesOf(path)[0]).toContain('john@example.com'), {
      timeout: 2_000,
      interval: 10,
    });
    log.close();
  });

  it('writes at once when much has gathered', () => {
    const path = join(folder(), 'worker.log');
    const log = new WorkerLog(path, header, clock);

    for (let id = 0; id < 200; id++) log.result(someResult({ id }));

    expect(linesOf(path).length).toBeGreaterThan(50);
    log.close();
  });

  it('goes on in a new file when its own was moved away', () => {
    const path = join(folder(), 'worker.log');
    const log = new WorkerLog(path, header, clock);
    renameSync(path, `${path}.1`);

    log.result(someResult());
    log.close();

    expect(readFileSync(path, 'utf8')).toContain('john@example.com');
  });

  it('says which folder it cannot make', () => {
    writeFileSync(join(folder(), 'logs'), '');

    expect(() => new WorkerLog(join(folder(), 'logs/worker.log'), header, clock)).toThrow(
      expect.objectContaining({
        code: 'FILE_NOT_CREATED',
        message: expect.stringContaining('logs/worker.log'),
      }),
    );
  });

  it('tells the next caller that writing in the background failed', async () => {
    const path = join(folder(), 'worker.log');
    const log = new WorkerLog(path, header, clock);
    renameSync(path, `${path}.1`);
    mkdirSync(path);
    log.result(someResult());

    await vi.waitFor(() => expect(() => log.tell('more')).toThrow(path), { timeout: 2_000, interval: 10 });
    expect(() => log.close()).toThrow(expect.objectContaining({ code: 'FILE_NOT_CREATED' }));
  });
});

/** The lines below the header. */
function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').slice(7);
}
