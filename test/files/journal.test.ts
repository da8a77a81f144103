import { appendFileSync, existsSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import {
  forgetJournal,
  Journal,
  loadJournal,
  readJournal,
  parseJournalLine,
} from '../../src/files/journal.ts';
import { someResult } from '../support/some-result.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const header = {
  cycle: '20261124T044412123Z-s1',
  server: 's1',
  user_id: 5,
  worker_id: 1,
  pid: 4711,
  started_at: '2026-11-24T04:44:12.123Z',
};

function openJournal(): { path: string; journal: Journal } {
  const path = join(folder(), 'c/user_5/worker_1.ndjson');
  return { path, journal: new Journal(path, header) };
}

async function entriesOf(path: string): Promise<string[]> {
  const entries: string[] = [];
  for await (const entry of readJournal(path)) {
    entries.push(entry.type === 'result' ? `result ${entry.result.id}` : entry.type);
  }
  return entries;
}

describe('Journal', () => {
  it('gives back what was appended, undefined members included', () => {
    const { path, journal } = openJournal();
    const results = [
      someResult(),
      someResult({
        id: 2,
        listId: undefined,
        email: 'ü"\\\n\u2028@x',
        code: undefined,
        retryInSeconds: 300,
        status: 'deferred',
      }),
    ];

    journal.append(results);
    journal.close();

    expect(loadJournal(path)).toStrictEqual({ header: { schema: 1, ...header }, results, garbage: 0 });
  });

  it('gives back the evidence of a verdict, and results of a version that kept none', () => {
    const evident = someResult({
      id: 2,
      stage: 'rcpt',
      rule: 'status-5.1.1',
      text: '5.1.1 no such user\nhere',
      controlCode: 550,
      controlText: '5.1.1 unknown',
      knownCatchAll: 'no',
      transcript: 'C: QUIT\nS: 221 bye',
    });

    expect(parseJournalLine(JSON.stringify(evident))).toEqual({ type: 'result', result: evident });
    expect(parseJournalLine(JSON.stringify(someResult()))).toStrictEqual({
      type: 'result',
      result: someResult(),
    });
  });

  it('has every result on disk when append returns', () => {
    const { path, journal } = openJournal();

    journal.append([someResult(), someResult({ id: 2 })]);

    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(4);
    journal.close();
  });

  it('is readable by the owner and the group alone', () => {
    const { path, journal } = openJournal();
    journal.close();

    expect(statSync(path).mode & 0o007).toBe(0);
  });

  it('tells when somebody took it away', () => {
    const { path, journal } = openJournal();
    journal.confirm();
    unlinkSync(path);

    expect(() => journal.confirm()).toThrow(/cannot read .*\(ENOENT\)/);
    journal.close();
  });

  it('is continued after a torn line without losing the next', async () => {
    const { path, journal } = openJournal();
    journal.append([someResult()]);
    journal.close();
    appendFileSync(path, '{"id":2,"ema');

    const again = new Journal(path, header);
    again.append([someResult({ id: 3 })]);
    again.close();

    expect(await entriesOf(path)).toEqual(['header', 'result 1', 'garbage', 'header', 'result 3']);
  });
});

describe('reading a journal', () => {
  const whole = JSON.stringify(someResult());

  it.each([
    ['a torn last line', `${whole}\n{"id":2,"em`, ['result 1', 'garbage']],
    ['a last line without its end', `${whole}\n${whole}`, ['result 1', 'result 1']],
    [
      'lines of something else',
      `hello\n${whole}\n[]\nnull\n{"id":1}\n`,
      ['garbage', 'result 1', 'garbage', 'garbage', 'garbage'],
    ],
    [
      'zeros after a power cut',
      `${whole}\n${'\0'.repeat(5000)}\n${whole}\n`,
      ['result 1', 'garbage', 'result 1'],
    ],
    [
      'a line without end',
      `${whole}\n${'x'.repeat(300_000)}\n${whole}\n`,
      ['result 1', 'garbage', 'result 1'],
    ],
    ['nothing but a line without end', 'x'.repeat(300_000), ['garbage']],
    ['a status that there is not', `${JSON.stringify({ ...someResult(), status: 'maybe' })}\n`, ['garbage']],
    ['an id that is none', `${JSON.stringify({ ...someResult(), id: '1; DROP' })}\n`, ['garbage']],
    ['nothing', '', []],
  ])('copes with %s', async (_, text, entries) => {
    const path = join(folder(), 'worker_1.ndjson');
    writeFileSync(path, text);

    expect(await entriesOf(path)).toEqual(entries);
    expect(loadJournal(path).garbage).toBe(entries.filter((entry) => entry === 'garbage').length);
  });

  it('reads characters that are split between two pieces', async () => {
    const path = join(folder(), 'worker_1.ndjson');
    const results = Array.from({ length: 400 }, (_, id) =>
      someResult({ id, email: `${'ü'.repeat(200)}${id}@x.example` }),
    );
    writeFileSync(path, results.map((result) => `${JSON.stringify(result)}\n`).join(''));

    const emails: string[] = [];
    for await (const entry of readJournal(path)) if (entry.type === 'result') emails.push(entry.result.email);

    expect(emails).toEqual(results.map(({ email }) => email));
  });

  it('takes the last of several results for one row', () => {
    const { path, journal } = openJournal();
    journal.append([
      someResult({ status: 'deferred' }),
      someResult({ id: 2 }),
      someResult({ status: 'invalid' }),
    ]);
    journal.close();

    const { results } = loadJournal(path);

    expect(results.map(({ id, status }) => [id, status])).toEqual([
      [1, 'invalid'],
      [2, 'valid'],
    ]);
  });

  it('takes back what was withdrawn, and only what came before', () => {
    const { path, journal } = openJournal();
    journal.append([1, 2, 3].map((id) => someResult({ id })));
    journal.withdraw([1, 3]);
    journal.append([someResult({ id: 3, status: 'invalid' })]);
    journal.close();

    const { results, garbage } = loadJournal(path);

    expect(results.map(({ id, status }) => [id, status])).toEqual([
      [2, 'valid'],
      [3, 'invalid'],
    ]);
    expect(garbage).toBe(0);
  });

  it('gives an empty journal where there is none', () => {
    expect(loadJournal(join(folder(), 'missing.ndjson'))).toEqual({
      header: undefined,
      results: [],
      garbage: 0,
    });
  });
});

describe('forgetJournal', () => {
  it('removes a journal, and is content when there is none', () => {
    const { path, journal } = openJournal();
    journal.close();

    forgetJournal(path);
    forgetJournal(path);

    expect(existsSync(path)).toBe(false);
  });
});
