import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

import { finishBatch } from '../../src/files/batch-file.ts';
import { batchPaths, findJournals, journalOf } from '../../src/files/batch-paths.ts';
import { Journal } from '../../src/files/journal.ts';
import type { Result } from '../../src/domain/result.ts';
import { someResult } from '../support/some-result.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const CYCLE = '20261124T044412123Z-s1';
const HEADER = {
  cycle: CYCLE,
  server: 's1',
  user_id: 5,
  worker_id: 1,
  pid: 4711,
  started_at: '2026-11-24T04:44:12.123Z',
};
const COMPLETED_AT = Date.UTC(2026, 10, 24, 4, 45, 0);

function writeJournal(results: readonly Result[], userId = 5, workerId = 1) {
  const paths = batchPaths(folder(), CYCLE, userId, workerId);
  const journal = new Journal(paths.journal, { ...HEADER, user_id: userId, worker_id: workerId });
  journal.append(results);
  journal.close();
  return paths;
}

describe('finishBatch', () => {
  it('writes the batch file of the contract', async () => {
    const { journal, batch } = writeJournal([
      someResult(),
      someResult({
        id: 2,
        listId: undefined,
        status: 'deferred',
        reason: 'timeout',
        code: undefined,
        enhanced: undefined,
        response: 'timeout: no greeting',
        mx: undefined,
        ip: undefined,
        retryInSeconds: 300,
      }),
    ]);

    await finishBatch(journal, batch, COMPLETED_AT, 3);

    const text = readFileSync(batch, 'utf8');
    expect(JSON.parse(text)).toStrictEqual({
      schema: 1,
      cycle: CYCLE,
      server: 's1',
      user_id: 5,
      worker_id: 1,
      started_at: '2026-11-24T04:44:12.123Z',
      completed_at: '2026-11-24T04:45:00.000Z',
      total: 3,
      processed: 2,
      counts: { valid: 1, invalid: 0, 'catch-all': 0, disposable: 0, unknown: 0, deferred: 1 },
      results: [
        {
          id: 1,
          list_id: 7,
          email: 'john@example.com',
          status: 'valid',
          reason: 'accepted',
          code: 250,
          enhanced: '2.1.5',
          response: '192.0.2.1',
          mx: 'mx1.example.com',
          ip: '192.0.2.1',
          attempt: 1,
          ms: 120,
          flags: {},
        },
        {
          id: 2,
          list_id: null,
          email: 'john@example.com',
          status: 'deferred',
          reason: 'timeout',
          code: null,
          enhanced: null,
          response: 'timeout: no greeting',
          mx: null,
          ip: null,
          attempt: 1,
          ms: 120,
          flags: {},
        },
      ],
    });
    expect(statSync(batch).mode & 0o007).toBe(0);
  });

  it('leaves the journal, since the database may not have its results yet, and no other file', async () => {
    const { journal, batch } = writeJournal([someResult()]);

    await finishBatch(journal, batch, COMPLETED_AT);

    expect(readdirSync(join(batch, '..')).toSorted()).toEqual(['worker_1.json', 'worker_1.ndjson']);
  });

  it('leaves out what was withdrawn', async () => {
    const { journal, batch } = writeJournal([1, 2, 3].map((id) => someResult({ id })));
    const again = new Journal(journal, HEADER);
    again.withdraw([1, 3]);
    again.append([someResult({ id: 3, status: 'invalid' })]);
    again.close();

    await finishBatch(journal, batch, COMPLETED_AT);

    const written = JSON.parse(readFileSync(batch, 'utf8')) as { results: { id: number }[] };
    expect(written).toMatchObject({ total: 2, processed: 2, counts: { valid: 1, invalid: 1 } });
    expect(written.results.map(({ id }) => id)).toEqual([2, 3]);
  });

  it('counts the last of several results for one row', async () => {
    const { journal, batch } = writeJournal([
      someResult({ status: 'deferred' }),
      someResult({ id: 2 }),
      someResult({ status: 'unknown' }),
      someResult({ status: 'invalid' }),
    ]);

    const summary = await finishBatch(journal, batch, COMPLETED_AT);

    expect(summary).toMatchObject({
      total: 2,
      processed: 2,
      counts: { valid: 1, invalid: 1, unknown: 0, deferred: 0 },
    });
    const { results } = JSON.parse(readFileSync(batch, 'utf8')) as {
      results: { id: number; status: string }[];
    };
    expect(results.map(({ id, status }) => [id, status])).toEqual([
      [2, 'valid'],
      [1, 'invalid'],
    ]);
  });

  it('makes a batch file of a journal that was torn, and of one without a header', async () => {
    const { journal, batch } = batchPaths(folder(), CYCLE, 5, 1);
    mkdirSync(join(journal, '..'), { recursive: true });
    writeFileSync(journal, `${JSON.stringify(someResult())}\n{"id":2,`);

    await finishBatch(journal, batch, COMPLETED_AT);

    expect(JSON.parse(readFileSync(batch, 'utf8'))).toMatchObject({
      server: null,
      processed: 1,
      results: [{ id: 1 }],
    });
  });

  it('writes an empty list for a journal without results', async () => {
    const { journal, batch } = writeJournal([]);

    await finishBatch(journal, batch, COMPLETED_AT);

    expect(JSON.parse(readFileSync(batch, 'utf8'))).toMatchObject({ total: 0, results: [] });
  });

  it('can be done again after it was cut short', async () => {
    const { journal, batch } = writeJournal([someResult()]);
    writeFileSync(`${batch}.tmp`, 'half a fi');

    await finishBatch(journal, batch, COMPLETED_AT);
    await finishBatch(journal, batch, COMPLETED_AT);

    expect(JSON.parse(readFileSync(batch, 'utf8'))).toMatchObject({ processed: 1 });
    expect(existsSync(`${batch}.tmp`)).toBe(false);
  });

  it('says which file it cannot make', async () => {
    const { journal, batch } = writeJournal([someResult()]);
    mkdirSync(`${batch}.tmp`);

    await expect(finishBatch(journal, batch, COMPLETED_AT)).rejects.toMatchObject({
      code: 'FILE_NOT_CREATED',
      message: expect.stringContaining('worker_1.json.tmp'),
    });
  });

  it('needs no more memory for a long journal', async () => {
    const program = join(folder(), 'finish.cjs');
    await build({
      entryPoints: [join(import.meta.dirname, 'fixtures/finish-long-batch.ts')],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      logLevel: 'error',
    });
    const { journal, batch } = writeJournal([]);

    // The journal is 30 MB; the heap that the program gets is less than half of it.
    const output = execFileSync(process.execPath, ['--max-old-space-size=12', program, journal, batch], {
      encoding: 'utf8',
    });

    expect(JSON.parse(output)).toEqual({ processed: 50_000 });
    expect(statSync(batch).size).toBeGreaterThan(25_000_000);
  });
});

describe('findJournals', () => {
  it('lists what was left, oldest cycle first, and nothing else', () => {
    writeJournal([], 5, 10);
    writeJournal([], 5, 2);
    writeJournal([], 8, 1);
    const batches = join(folder(), 'batches');
    mkdirSync(join(batches, '20261123T000000000Z-s1/user_9'), { recursive: true });
    writeFileSync(join(batches, '20261123T000000000Z-s1/user_9/worker_1.ndjson'), '');
    writeFileSync(join(batches, CYCLE, 'user_5/worker_3.json'), '{}');
    writeFileSync(join(batches, CYCLE, 'user_5/notes.ndjson'), '');
    mkdirSync(join(batches, 'lost+found'));
    writeFileSync(join(batches, 'README'), '');

    const found = findJournals(folder());

    expect(found.map(({ cycle, userId, workerId }) => `${cycle} ${userId} ${workerId}`)).toEqual([
      '20261123T000000000Z-s1 9 1',
      `${CYCLE} 5 2`,
      `${CYCLE} 5 10`,
      `${CYCLE} 8 1`,
    ]);
    expect(found[1]).toMatchObject(batchPaths(folder(), CYCLE, 5, 2));
    expect(journalOf(found[1]!.batch)).toBe(found[1]!.journal);
  });

  it('finds nothing where nothing was ever written', () => {
    expect(findJournals(join(folder(), 'missing'))).toEqual([]);
  });
});
