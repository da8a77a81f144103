import { afterEach, describe, expect, it, vi } from 'vitest';
import { Work } from '../../src/cycle/work.ts';
import type { WorkParts } from '../../src/cycle/work-parts.ts';
import type { Result } from '../../src/domain/result.ts';
import type { ClaimedRow, ProbeRow } from '../../src/domain/row.ts';
import { OperationalError } from '../../src/platform/operational-error.ts';
import type { Pool } from '../../src/pool/pool.ts';
import type { PoolListener } from '../../src/pool/pool-contract.ts';
import type { Demand, Store, Survey } from '../../src/store/store.ts';
import type { SliceWork } from '../../src/worker/messages.ts';

const demand: Demand = {
  userId: 5,
  pending: 40,
  isCapped: false,
  oldestRowId: 1,
  waitedSeconds: undefined,
  listIds: [1],
};

const NOBODY: Survey = { demands: [], ownerless: 0 };

function resultOf(row: ProbeRow): Result {
  return {
    id: row.id,
    listId: 1,
    email: row.email,
    status: 'invalid',
    reason: 'syntax',
    code: undefined,
    enhanced: undefined,
    response: 'Invalid syntax: no @ in the address',
    mx: undefined,
    ip: undefined,
    answered: false,
    attempt: 0,
    ms: 0,
    retryInSeconds: undefined,
    token: row.token,
  } as Result;
}

/** A cycle's surroundings in memory: a table of 40 rows without an @, and a pool that answers or holds on to them. */
class Surroundings {
  readonly story: string[] = [];
  /** Workers that were wanted ahead of their work. */
  readonly prepared: number[] = [];
  readonly recorded: number[] = [];
  readonly released: number[] = [];
  readonly closed: number[] = [];
  storyFailure: OperationalError | undefined;
  recordFailure: Error | undefined;
  closeFailure: Error | undefined;
  claimSeconds = 300;
  areClaimsLost = false;
  /** Rows whose claim is lost when their result comes. */
  lost: ReadonlySet<number> = new Set();
  answers: 'all' | 'none' = 'all';
  onEnqueue: (listener: PoolListener) => void = () => undefined;
  onClaim: () => void = () => undefined;
  onSurvey = async (): Promise<Survey> => NOBODY;
  #unclaimed: ClaimedRow[] = Array.from({ length: 40 }, (_, id) => ({
    id,
    listId: 1,
    email: `row ${id}`,
    attempts: 0,
    token: '',
  })) as ClaimedRow[];
  #held: ProbeRow[] = [];
  #hasEnded = false;

  parts(): WorkParts {
    const tell = (text: string): void => void this.story.push(text);
    const failure = (): OperationalError | undefined => this.storyFailure;
    return {
      store: this.#store(),
      createPool: (listener) => this.#pool(listener),
      isProbed: () => true,
      noteDestinations: () => Promise.resolve(),
      route: () => Promise.reject(new Error('nobody is asked')),
      knowledge: { excludedAccounts: new Set(), excludedDomains: new Map(), disposableDomains: new Set() },
      limits: {
        poolSize: 50,
        policy: 'balanced',
        minWorkersPerUser: 5,
        minRowsPerWorker: 20,
        maxConcurrentUsers: 3,
        turnSeconds: 180,
        maxRowsPerSlice: 200,
      },
      claimant: { server: 's', cycleId: 'c' },
      claimSeconds: this.claimSeconds,
      sharing: { isShared: true, reuse: { validSeconds: 0, invalidSeconds: 0 }, retryDelaysSeconds: [] },
      onlyUser: undefined,
      story: {
        get failure() {
          return failure();
        },
        cron: tell,
        user: (_userId, text) => tell(text),
      },
      now: () => performance.now(),
      closeBatch: async ({ workerId }) => {
        await new Promise((resolve) => setTimeout(resolve, 30));
        if (this.closeFailure !== undefined) throw this.closeFailure;
        this.closed.push(workerId);
      },
    };
  }

  #store(): Store {
    return {
      claimRows: async (_user: number, limit: number, token: string) => {
        this.onClaim();
        await new Promise((resolve) => setTimeout(resolve, 20));
        return this.#unclaimed.splice(0, limit).map((row) => ({ ...row, token }));
      },
      recordResults: async (results: readonly Result[]) => {
        if (this.recordFailure !== undefined) throw this.recordFailure;
        this.recorded.push(...results.map(({ id }) => id));
        return {
          written: results.filter(({ id }) => !this.lost.has(id)),
          dropped: results.filter(({ id }) => this.lost.has(id)),
        };
      },
      recordDomainFacts: async () => undefined,
      loadDomainFacts: async () => [],
      releaseRows: async (_token: string, ids: readonly number[]) => void this.released.push(...ids),
      survey: () => this.onSurvey(),
      renewClaims: async (tokens: readonly string[]) => (this.areClaimsLost ? tokens : []),
      noteTurns: async () => undefined,
      noteServer: async () => undefined,
      pauses: async () => [],
    } as unknown as Store;
  }

  /** The pool is done with what it holds on to. */
  answerHeld(listener: PoolListener): void {
    listener.onResults(5, this.#held.splice(0).map(resultOf), {});
    listener.onChange();
  }

  #pool(listener: PoolListener): Pool {
    const worker = { userId: 5, workerId: 1 };
    const end = async (): Promise<void> => {
      this.#hasEnded = true;
      listener.onRowsReturned(5, this.#held.splice(0));
      listener.onWorkerFinished({ ...worker, processed: 0 });
      listener.onWorkerExited({ worker, sentence: 'ended', isFailure: false });
    };
    return {
      aliveWorkers: 1,
      setShares: () => undefined,
      prepare: (most: number) => void this.prepared.push(most),
      retire: () => undefined,
      rebalance: () => undefined,
      isStarved: () => false,
      slotsOf: () => 1,
      queuedRows: () => this.#held.length,
      outstandingRows: () => 0,
      enqueue: (_user: number, slices: readonly SliceWork[]) => {
        const rows = slices.flatMap((slice) => slice.rows);
        if (this.answers === 'all') listener.onResults(5, rows.map(resultOf), {});
        else if (this.#hasEnded) listener.onRowsReturned(5, rows);
        else this.#held.push(...rows);
        this.onEnqueue(listener);
      },
      close: end,
      drain: end,
      kill: end,
    } as unknown as Pool;
  }
}

const everyRow = Array.from({ length: 40 }, (_, id) => id);

afterEach(() => {
  vi.useRealTimers();
});

describe('Work', () => {
  it('records every row, closes the batches before it ends, and says what was decided', async () => {
    const around = new Surroundings();

    const outcome = await new Work(around.parts()).run([demand]);

    expect(around.recorded.toSorted((a, b) => a - b)).toEqual(everyRow);
    expect(around.closed).toContain(1);
    expect(outcome).toMatchObject({ users: 1, unwritten: 0, givenBack: 0, stopped: undefined });
    expect(outcome.counts.invalid).toBe(40);
  });

  it('counts as decided only what was written, and says what was not', async () => {
    const around = new Surroundings();
    around.lost = new Set([3, 7, 11]);

    const outcome = await new Work(around.parts()).run([demand]);

    expect(outcome.counts.invalid).toBe(37);
    expect(outcome).toMatchObject({ dropped: 3, unwritten: 0 });
    expect(around.story).toContainEqual(expect.stringMatching(/^3 results were not written/));
  });

  it('tells rows per worker, not rows per slice', async () => {
    const around = new Surroundings();

    await new Work(around.parts()).run([{ ...demand, pending: 2000 }]);

    expect(around.story).toContain(
      '[User 5] DYNAMIC ALLOCATION: 2000 emails → 50 workers (~40 emails/worker)',
    );
  });

  it('gives back what was not probed when it is told to stop', async () => {
    const around = new Surroundings();
    around.answers = 'none';
    const work = new Work(around.parts());
    around.onEnqueue = () => work.stop({ kind: 'signal', sentence: 'SIGTERM received' });

    const outcome = await work.run([demand]);

    expect(around.released.toSorted((a, b) => a - b)).toEqual(everyRow);
    expect(outcome).toMatchObject({ givenBack: 40, stopped: { kind: 'signal' } });
    expect(around.story).toContain('Stopping: SIGTERM received; workers finish what is in flight');
  });

  it('has workers started ahead for whom it works, and none when it is told to stop before', async () => {
    const [around, stopped] = [new Surroundings(), new Surroundings()];
    const told = new Work(stopped.parts());
    told.stop({ kind: 'signal', sentence: 'SIGTERM received' });

    await new Work(around.parts()).run([demand]);
    await told.run([demand]);

    expect([around.prepared.length, stopped.prepared]).toEqual([1, []]);
  });

  it('shows that it is stopping', async () => {
    const around = new Surroundings();
    around.answers = 'none';
    const shown: boolean[] = [];
    const work = new Work({
      ...around.parts(),
      showProgress: ({ isStopping }) => void shown.push(isStopping),
    });
    around.onEnqueue = () => work.stop({ kind: 'signal', sentence: 'SIGTERM received' });

    await work.run([demand]);

    expect([shown[0], shown.at(-1)]).toEqual([false, true]);
  });

  it('gives back also what a claim brings that was under way when it was told to stop', async () => {
    const around = new Surroundings();
    around.answers = 'none';
    const work = new Work(around.parts());
    around.onClaim = () => work.stop({ kind: 'signal', sentence: 'SIGTERM received' });

    const outcome = await work.run([demand]);

    expect(around.released.toSorted((a, b) => a - b)).toEqual(everyRow);
    expect(outcome.givenBack).toBe(40);
  });

  it('ends as a failure when the database does not take results, and counts what it did not take', async () => {
    const around = new Surroundings();
    around.recordFailure = new OperationalError('DATABASE_UNREACHABLE', 'MySQL at db is gone');

    const outcome = await new Work(around.parts()).run([demand]);

    expect(outcome).toMatchObject({
      unwritten: 40,
      stopped: { kind: 'failure', error: around.recordFailure },
    });
    expect(around.closed).toEqual([]);
    expect(around.story).toContainEqual(expect.stringContaining('ERROR: Stopping: MySQL at db is gone'));
  });

  it.each([
    [
      'the log cannot be written',
      (around: Surroundings, error: OperationalError) => (around.storyFailure = error),
    ],
    [
      'a batch cannot be closed',
      (around: Surroundings, error: OperationalError) => (around.closeFailure = error),
    ],
  ])('ends with the error of the disk when %s, and loses nothing', async (_name, breakIt) => {
    const around = new Surroundings();
    const error = new OperationalError('FILE_NOT_WRITTEN', 'cannot write x: no space left');
    breakIt(around, error);

    const outcome = await new Work(around.parts()).run([demand]);

    expect(outcome).toMatchObject({ unwritten: 0, stopped: { kind: 'failure', error } });
    expect(around.recorded.toSorted((a, b) => a - b)).toEqual(everyRow);
  });

  it('ends with the code that its workers gave for not being able to work', async () => {
    const around = new Surroundings();
    around.answers = 'none';
    around.onEnqueue = (listener) =>
      listener.onStructuralFailure('worker in slot 1 cannot write', 'FILE_NOT_CREATED');

    const outcome = await new Work(around.parts()).run([demand]);

    expect(outcome.stopped).toMatchObject({ kind: 'failure', error: { code: 'FILE_NOT_CREATED' } });
    expect(outcome.givenBack).toBe(40);
  });

  it('ends as a failure when it was told to stop and the database does not take the last results', async () => {
    const around = new Surroundings();
    around.recordFailure = new OperationalError('DATABASE_UNREACHABLE', 'MySQL at db is gone');
    const work = new Work(around.parts());
    around.onEnqueue = () => work.stop({ kind: 'signal', sentence: 'SIGTERM received' });

    const outcome = await work.run([demand]);

    expect(outcome).toMatchObject({
      unwritten: 40,
      stopped: { kind: 'failure', error: around.recordFailure },
    });
  });

  it('stops when its claims ran out before they were renewed, and gives back what it still may', async () => {
    const around = new Surroundings();
    around.answers = 'none';
    around.claimSeconds = 0.1;
    around.areClaimsLost = true;

    const outcome = await new Work(around.parts()).run([demand]);

    expect(outcome.stopped).toMatchObject({
      kind: 'failure',
      sentence: expect.stringMatching(/^the claims of 40 emails ran out/) as string,
      error: { code: 'CLAIM_LOST', exitCode: 1 },
    });
    expect(around.released.toSorted((a, b) => a - b)).toEqual(everyRow);
  });

  it('surveys once at a time, however long a database that is away keeps it waiting', async () => {
    vi.useFakeTimers();
    const around = new Surroundings();
    around.answers = 'none';
    let listener: PoolListener | undefined;
    around.onEnqueue = (pool) => (listener = pool);
    const surveys: (() => void)[] = [];
    around.onSurvey = () => new Promise((resolve) => surveys.push(() => resolve(NOBODY)));

    const run = new Work(around.parts()).run([demand]);
    await vi.advanceTimersByTimeAsync(60_000);
    const whileAtWork = surveys.length;
    around.answerHeld(listener!);
    await vi.advanceTimersByTimeAsync(60_000);
    const whenDone = surveys.length;
    surveys[0]!();
    await vi.advanceTimersByTimeAsync(60_000);
    surveys[1]!();
    await vi.advanceTimersByTimeAsync(60_000);

    expect([whileAtWork, whenDone, surveys.length]).toEqual([1, 1, 2]);
    expect((await run).counts.invalid).toBe(40);
  });

  it('gives everything back before a bug surfaces', async () => {
    const around = new Surroundings();
    around.answers = 'none';
    const work = new Work(around.parts());
    around.onEnqueue = () =>
      work.stop({ kind: 'bug', sentence: 'x is not a function', error: new TypeError('x') });

    await expect(work.run([demand])).rejects.toThrow(TypeError);
    expect(around.released).toHaveLength(40);
  });
});
