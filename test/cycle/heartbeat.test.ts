import { describe, expect, it } from 'vitest';
import { Heartbeat, type HeartbeatParts } from '../../src/cycle/heartbeat.ts';
import type { Result } from '../../src/domain/result.ts';
import { NO_OUTCOMES } from '../../src/domain/verdict.ts';
import type { ServerNote } from '../../src/store/server-notes.ts';

const results = (...statuses: Result['status'][]) => statuses.map((status) => ({ status }) as Result);

/** A cycle with user 5 at work, and the notes that it leaves; while `hold` is set each of them hangs. */
function surroundings() {
  const notes: ServerNote[] = [];
  let [nowMs, release] = [1_000, (): void => undefined];
  const world = {
    notes,
    present: [5],
    isHeld: false,
    pass: (ms: number) => void (nowMs += ms),
    release: () => release(),
  };
  const parts = {
    store: {
      noteServer: async (note: ServerNote) => {
        notes.push(note);
        if (world.isHeld) await new Promise<void>((resolve) => (release = resolve));
      },
    },
    claimant: { server: 'alpha', cycleId: 'cycle' },
    poolSize: 50,
    pool: { aliveWorkers: 12, slotsOf: () => 11 },
    users: {
      rowsInHand: 300,
      *[Symbol.iterator]() {
        for (const userId of world.present) yield [userId, { workers: 28, feed: { rowsInHand: 300 } }];
      },
    },
    now: () => nowMs,
  } as unknown as HeartbeatParts;
  return { world, heartbeat: new Heartbeat(parts) };
}

describe('Heartbeat', () => {
  it('says what stands, and what was done since it last said so', async () => {
    const { world, heartbeat } = surroundings();
    heartbeat.addResults(5, results('valid', 'deferred'));
    world.pass(5_000);
    await heartbeat.beat('working');
    heartbeat.addResults(5, results('invalid'));
    await heartbeat.beat('working');

    expect(world.notes[0]).toEqual({
      server: 'alpha',
      cycleId: 'cycle',
      state: 'working',
      ageSeconds: 5,
      poolSize: 50,
      workers: 12,
      rowsInHand: 300,
      users: [
        {
          userId: 5,
          share: 28,
          workers: 11,
          rowsInHand: 300,
          counts: { ...NO_OUTCOMES, valid: 1, deferred: 1 },
        },
      ],
    });
    expect(world.notes[1]?.users[0]?.counts).toEqual({ ...NO_OUTCOMES, invalid: 1 });
  });

  it('says what came of a user that has left meanwhile, once', async () => {
    const { world, heartbeat } = surroundings();
    heartbeat.addResults(8, results('valid'));
    world.present = [];
    await heartbeat.beat('working');
    await heartbeat.beat('working');

    expect(world.notes.map(({ users }) => users)).toEqual([
      [{ userId: 8, share: 0, workers: 0, rowsInHand: 0, counts: { ...NO_OUTCOMES, valid: 1 } }],
      [],
    ]);
  });

  it('says of a user that has left that nobody works for it any more', async () => {
    const { world, heartbeat } = surroundings();
    await heartbeat.beat('working');
    world.present = [];
    await heartbeat.beat('working');
    await heartbeat.beat('working');

    expect(world.notes.slice(1).map(({ users }) => users)).toMatchObject([
      [{ userId: 5, share: 0, workers: 0, rowsInHand: 0, counts: NO_OUTCOMES }],
      [],
    ]);
  });

  it('says nothing more while the database has not heard the last word, and loses nothing', async () => {
    const { world, heartbeat } = surroundings();
    world.isHeld = true;
    const first = heartbeat.beat('working');
    heartbeat.addResults(5, results('valid'));
    const second = heartbeat.beat('working');
    world.isHeld = false;
    world.release();
    await Promise.all([first, second]);
    await heartbeat.beat('working');

    expect(world.notes.map(({ users }) => users[0]?.counts.valid)).toEqual([0, 1]);
  });

  it('takes its leave behind what it is saying', async () => {
    const { world, heartbeat } = surroundings();
    world.isHeld = true;
    const last = heartbeat.beat('stopping');
    world.isHeld = false;
    const end = heartbeat.end();
    world.release();
    await Promise.all([last, end]);

    expect(world.notes.map(({ state, workers }) => [state, workers])).toEqual([
      ['stopping', 12],
      ['ended', 0],
    ]);
  });
});
