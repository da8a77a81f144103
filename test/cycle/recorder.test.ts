import { afterEach, describe, expect, it, vi } from 'vitest';
import { Recorder } from '../../src/cycle/recorder.ts';
import type { DomainFact } from '../../src/domain/domain-fact.ts';
import type { Result } from '../../src/domain/result.ts';
import type { Recorded } from '../../src/store/store.ts';
import { waitFor } from '../support/wait-for.ts';

function result(id: number): Result {
  return {
    id,
    listId: 1,
    email: `u${id}@example.com`,
    status: 'valid',
    reason: 'accepted',
    code: 250,
    enhanced: undefined,
    response: '192.0.2.1',
    mx: 'mx.example.com',
    ip: '192.0.2.1',
    answered: true,
    attempt: 1,
    throttles: 0,
    ms: 5,
    retryInSeconds: undefined,
    token: 't',
  };
}

function record(
  recordResults: (results: readonly Result[]) => Promise<Recorded>,
  learn: () => Promise<void> = async () => undefined,
) {
  const recorded: number[] = [];
  const failures: unknown[] = [];
  const written: DomainFact[] = [];
  const recordDomainFacts = async (facts: readonly DomainFact[]) => {
    await learn();
    written.push(...facts);
  };
  const recorder = new Recorder(
    { recordResults, recordDomainFacts },
    {
      recorded: ({ written: results }) => recorded.push(...results.map(({ id }) => id)),
      failed: (cause) => failures.push(cause),
    },
  );
  return { recorder, recorded, failures, written };
}

const fact = { domain: 'a.example', catchAll: 'yes', mxSet: 'mx', evidence: '250 ok', server: 's' } as const;

afterEach(() => void vi.useRealTimers());

describe('Recorder', () => {
  it('writes the first at once, and gathers what follows', async () => {
    vi.useFakeTimers();
    const batches: number[][] = [];
    const { recorder } = record(async (results) => {
      batches.push(results.map(({ id }) => id));
      return { written: results, dropped: [] };
    });

    recorder.add([result(1)]);
    await vi.advanceTimersByTimeAsync(0);
    recorder.add([result(2)]);
    recorder.add([result(3)]);
    await vi.advanceTimersByTimeAsync(499);
    const meanwhile = [...batches];
    await vi.advanceTimersByTimeAsync(1);

    expect([meanwhile, batches]).toEqual([[[1]], [[1], [2, 3]]]);
  });

  it('writes a lone result by itself, soon', async () => {
    const { recorder, recorded } = record(async (results) => ({ written: results, dropped: [] }));

    recorder.add([result(1)]);

    await waitFor(() => recorded.length === 1, 'the result is written', 1000);
  });

  it('writes a full batch at once, in order, and never two at a time', async () => {
    let writing = 0;
    const { recorder, recorded } = record(async (results) => {
      expect(++writing).toBe(1);
      await new Promise(setImmediate);
      writing--;
      return { written: results, dropped: [] };
    });

    for (let id = 0; id < 1000; id++) recorder.add([result(id)]);
    const isRecorded = await recorder.flush();

    expect(isRecorded).toBe(true);
    expect(recorded).toEqual(Array.from({ length: 1000 }, (_, id) => id));
  });

  it('lets what comes while it writes wait its time', async () => {
    const batches: number[] = [];
    const { recorder } = record(async (results) => {
      batches.push(results.length);
      await new Promise(setImmediate);
      return { written: results, dropped: [] };
    });

    for (let id = 0; id < 500; id++) recorder.add([result(id)]);
    await Promise.resolve();
    recorder.add([result(500)]);
    await waitFor(() => batches.length === 1, 'the first are written');
    await new Promise(setImmediate);
    const meanwhile = [...batches];
    await recorder.flush();

    expect([meanwhile, batches]).toEqual([[500], [500, 1]]);
  });

  it('writes what was learned of domains behind the results that taught it', async () => {
    let before: number | undefined;
    const { recorder, recorded, written } = record(async (results) => {
      before = written.length;
      return { written: results, dropped: [] };
    });

    recorder.add([result(1)], [fact]);
    await recorder.flush();

    expect({ before, recorded, written }).toEqual({ before: 0, recorded: [1], written: [fact] });
  });

  it('tells that results are in the database although what they taught cannot be written', async () => {
    const gone = new Error('the database is gone');
    const { recorder, recorded, failures } = record(
      async (results) => ({ written: results, dropped: [] }),
      () => Promise.reject(gone),
    );

    recorder.add([result(1)], [fact]);
    await recorder.flush();

    expect({ recorded, failures }).toEqual({ recorded: [1], failures: [gone] });
  });

  it('says once that the store failed, and keeps its hands off it afterwards', async () => {
    let calls = 0;
    const cause = new Error('gone');
    const { recorder, recorded, failures } = record(async () => {
      calls++;
      throw cause;
    });

    recorder.add([result(1)]);
    expect(await recorder.flush()).toBe(false);
    recorder.add([result(2)]);
    expect(await recorder.flush()).toBe(false);

    expect({ calls, recorded, failures }).toEqual({ calls: 1, recorded: [], failures: [cause] });
  });
});
