import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replayJournals } from '../../src/cycle/replay-journals.ts';
import type { Result } from '../../src/domain/result.ts';
import { batchPaths } from '../../src/files/batch-paths.ts';
import { Journal } from '../../src/files/journal.ts';
import { removeOldFiles } from '../../src/files/retention.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { someResult } from '../support/some-result.ts';
import { temporaryFolder } from '../files/temporary-folder.ts';

const CYCLE = '20261105T101500000Z-server1';
const HEADER = {
  cycle: CYCLE,
  server: 'server1',
  user_id: 5,
  worker_id: 1,
  pid: 99_999_999,
  started_at: '2026-11-05T10:15:00Z',
};

/** A store that takes everything. */
function openStore() {
  const ids: number[] = [];
  let calls = 0;
  return {
    ids,
    get calls() {
      return calls;
    },
    recordResults: async (results: readonly Result[]) => {
      calls++;
      ids.push(...results.map(({ id }) => id));
      return { written: results, dropped: [] };
    },
  };
}

function journalOf(folder: string, worker = 1) {
  const paths = batchPaths(folder, CYCLE, 5, worker);
  mkdirSync(dirname(paths.journal), { recursive: true });
  return paths;
}

describe('replayJournals', () => {
  const folderOf = temporaryFolder();

  it('brings results home, finishes the batch file and removes the journal', async () => {
    const folder = folderOf();
    const paths = journalOf(folder);
    const journal = new Journal(paths.journal, HEADER);
    journal.append([someResult({ id: 1 }), someResult({ id: 2 })]);
    journal.close();
    const store = openStore();

    const replay = await replayJournals(store, folder, systemClock);

    expect(replay).toEqual({ journals: 1, results: 2, setAside: [] });
    expect(store.ids).toEqual([1, 2]);
    expect([existsSync(paths.batch), existsSync(paths.journal)]).toEqual([true, false]);
  });

  it('uses what stands before a torn line, and keeps the journal', async () => {
    const folder = folderOf();
    const paths = journalOf(folder);
    const journal = new Journal(paths.journal, HEADER);
    journal.append([someResult({ id: 1 }), someResult({ id: 2 })]);
    journal.close();
    const text = readFileSync(paths.journal, 'utf8');
    writeFileSync(paths.journal, text.slice(0, -40));
    const store = openStore();

    const replay = await replayJournals(store, folder, systemClock);

    expect(store.ids).toEqual([1]);
    expect(replay.setAside).toEqual([
      { path: `${paths.journal}.unread`, why: '1 line of it is torn or none of ours' },
    ]);
    expect(readFileSync(`${paths.journal}.unread`, 'utf8')).toBe(text.slice(0, -40));
    expect(JSON.parse(readFileSync(paths.batch, 'utf8'))).toMatchObject({ processed: 1 });
    expect(await replayJournals(store, folder, systemClock)).toEqual({
      journals: 0,
      results: 0,
      setAside: [],
    });
  });

  it('leaves the journal of another version as it is, for that version, and believes nothing in it', async () => {
    const folder = folderOf();
    const paths = journalOf(folder);
    const text = `${JSON.stringify({ schema: 2, ...HEADER })}\n${JSON.stringify(someResult({ id: 1 }))}\n`;
    writeFileSync(paths.journal, text);
    const store = openStore();

    const replay = await replayJournals(store, folder, systemClock);

    expect(store.ids).toEqual([]);
    expect(replay.setAside).toEqual([
      { path: `${paths.journal}.unread`, why: 'it is of schema 2, which this version does not know' },
    ]);
    expect(readFileSync(`${paths.journal}.unread`, 'utf8')).toBe(text);
    expect(existsSync(paths.batch)).toBe(false);
  });

  it('removes a journal of no length without a word', async () => {
    const folder = folderOf();
    const paths = journalOf(folder);
    writeFileSync(paths.journal, '');

    const replay = await replayJournals(openStore(), folder, systemClock);

    expect(replay).toEqual({ journals: 1, results: 0, setAside: [] });
    expect([existsSync(paths.batch), existsSync(paths.journal)]).toEqual([false, false]);
  });

  it('brings home the last word on each row, and none that was withdrawn', async () => {
    const folder = folderOf();
    const paths = journalOf(folder);
    const journal = new Journal(paths.journal, HEADER);
    journal.append([someResult({ id: 1, status: 'invalid' }), someResult({ id: 2 }), someResult({ id: 3 })]);
    journal.withdraw([1, 3]);
    journal.append([someResult({ id: 1 })]);
    journal.close();
    const brought: Result[] = [];
    const store = {
      recordResults: async (results: readonly Result[]) => {
        brought.push(...results);
        return { written: results, dropped: [] };
      },
    };

    const replay = await replayJournals(store, folder, systemClock);

    expect(replay).toEqual({ journals: 1, results: 2, setAside: [] });
    expect(brought.map(({ id, status }) => [id, status])).toEqual([
      [2, 'valid'],
      [1, 'valid'],
    ]);
    expect(JSON.parse(readFileSync(paths.batch, 'utf8'))).toMatchObject({ processed: 2 });
  });

  it('hands a huge journal over in pieces', async () => {
    const folder = folderOf();
    const paths = journalOf(folder);
    const journal = new Journal(paths.journal, HEADER);
    for (let id = 0; id < 5_000; id += 500)
      journal.append(Array.from({ length: 500 }, (_, index) => someResult({ id: id + index + 1 })));
    journal.close();
    const store = openStore();

    const { results } = await replayJournals(store, folder, systemClock);

    expect([results, store.ids.length, store.calls]).toEqual([5_000, 5_000, 5]);
  });

  it('leaves all as it was when the store takes nothing: the next cycle begins again', async () => {
    const folder = folderOf();
    const paths = journalOf(folder);
    const journal = new Journal(paths.journal, HEADER);
    journal.append([someResult({ id: 1 })]);
    journal.close();
    const broken = { recordResults: () => Promise.reject(new Error('gone')) };

    await expect(replayJournals(broken, folder, systemClock)).rejects.toThrow('gone');

    expect(existsSync(paths.journal)).toBe(true);
    expect((await replayJournals(openStore(), folder, systemClock)).results).toBe(1);
  });

  it('counts what was not written already', async () => {
    const folder = folderOf();
    const journal = new Journal(journalOf(folder).journal, HEADER);
    journal.append([someResult({ id: 1 }), someResult({ id: 2 }), someResult({ id: 3 })]);
    journal.close();
    const isWritten = ({ id }: Result): boolean => id < 3;
    const store = {
      recordResults: async (results: readonly Result[]) => ({
        written: results.filter((result) => !isWritten(result)),
        dropped: results.filter(isWritten),
      }),
    };

    expect((await replayJournals(store, folder, systemClock)).results).toBe(1);
  });

  it('sets aside what is removed as batch files are', async () => {
    const folder = folderOf();
    const paths = journalOf(folder);
    writeFileSync(paths.journal, 'garbage\n');
    await replayJournals(openStore(), folder, systemClock);
    const inAWeek = { ...systemClock, now: () => systemClock.now() + 8 * 86_400_000 };

    const removed = await removeOldFiles(
      { logDir: join(folder, 'logs'), storageDir: folder, logRetentionDays: 7 },
      inAWeek,
    );

    expect(removed.map(({ path }) => path)).toContain(`${paths.journal}.unread`);
  });
});
