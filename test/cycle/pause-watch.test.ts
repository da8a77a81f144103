import { describe, expect, it } from 'vitest';
import { PauseWatch } from '../../src/cycle/pause-watch.ts';
import type { Pause } from '../../src/domain/pause.ts';
import type { ProbeRow } from '../../src/domain/row.ts';
import type { IsHeld } from '../../src/pool/slice-queue.ts';

const pauseOf = (kind: Pause['kind'], name: string, more: Partial<Pause> = {}): Pause => ({
  kind,
  name,
  since: 1_000,
  until: undefined,
  by: 'ann@web1',
  reason: undefined,
  ...more,
});

const row = (id: number, listId: number): ProbeRow => ({ id, listId }) as ProbeRow;

/** A watch with what it was told last. */
function watched() {
  const told = {
    pauses: [] as Pause[],
    isHeld: undefined as IsHeld | undefined,
    dismissed: [] as number[],
    givenBack: [] as { ids: number[]; dueInSeconds: number }[],
    stopped: [] as string[],
    story: [] as string[],
  };
  const watch = new PauseWatch({
    store: { pauses: async () => told.pauses },
    server: 'web1',
    story: { cron: (text) => void told.story.push(text) },
    now: () => 1_000_000,
    hold: (isHeld) => (told.isHeld = isHeld),
    dismiss: (userId) => void told.dismissed.push(userId),
    giveBack: (rows, dueInSeconds) => {
      if (rows.length > 0) told.givenBack.push({ ids: rows.map(({ id }) => id), dueInSeconds });
    },
    stop: (cause) => void told.stopped.push(cause.kind),
  });
  return { watch, told };
}

describe('PauseWatch', () => {
  it('holds rows of paused lists, users and destinations, and no others', async () => {
    const { watch, told } = watched();
    told.pauses = [pauseOf('list', '12'), pauseOf('user', '5'), pauseOf('provider', 'google')];

    await watch.look();

    expect(told.dismissed).toEqual([5]);
    expect(told.isHeld!(6, row(1, 12), 'mx.example.com')).toBe(true);
    expect(told.isHeld!(5, row(1, 13), undefined)).toBe(true);
    expect(told.isHeld!(6, row(1, 13), 'google')).toBe(true);
    expect(told.isHeld!(6, row(1, 13), 'mx.example.com')).toBe(false);
  });

  it('gives rows of a list back at once, and puts rows of a destination off', async () => {
    const { watch, told } = watched();
    told.pauses = [pauseOf('list', '12'), pauseOf('provider', 'google')];
    await watch.look();

    watch.takeBack(6, [row(1, 12), row(2, 13)]);

    expect(told.givenBack).toEqual([
      { ids: [1], dueInSeconds: 0 },
      { ids: [2], dueInSeconds: 300 },
    ]);
  });

  it('puts them off no longer than the pause lasts', async () => {
    const { watch, told } = watched();
    told.pauses = [pauseOf('provider', 'google', { until: 1_040 })];
    await watch.look();

    watch.takeBack(6, [row(2, 13)]);

    expect(told.givenBack).toEqual([{ ids: [2], dueInSeconds: 40 }]);
  });

  it('lets go of what is resumed, and tells each once', async () => {
    const { watch, told } = watched();
    told.pauses = [pauseOf('list', '12', { reason: 'bad data' })];
    await watch.look();
    await watch.look();
    told.pauses = [];

    await watch.look();

    expect(told.isHeld).toBeUndefined();
    expect(told.story).toEqual(['Paused: list 12, by ann@web1: bad data', 'Resumed: list 12']);
  });

  it('stops the cycle when this server is paused, and not when another is', async () => {
    const { watch, told } = watched();
    told.pauses = [pauseOf('server', 'web2')];
    await watch.look();
    expect(told.stopped).toEqual([]);

    told.pauses = [pauseOf('server', 'web1')];
    await watch.look();

    expect(told.stopped).toEqual(['paused']);
  });
});
