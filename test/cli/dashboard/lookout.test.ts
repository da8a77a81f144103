// One look for all who look, and none when nobody does.

import { describe, expect, it } from 'vitest';
import { Lookout, type Sight, type Topic } from '../../../src/cli/dashboard/lookout.ts';
import { OperationalError } from '../../../src/platform/operational-error.ts';
import { waitFor } from '../../support/wait-for.ts';

const ground = (everyMs = 20) => {
  const looks: (readonly Topic[])[] = [];
  const state: { error: Error | undefined } = { error: undefined };
  const lookout = new Lookout({
    everyMs,
    now: () => Date.now(),
    look: async (topics) => {
      looks.push(topics);
      await Promise.resolve();
      if (state.error !== undefined) throw state.error;
      return new Map(topics.map((topic) => [topic, topic === 99 ? undefined : `look ${looks.length}`]));
    },
  });
  return { lookout, looks, state };
};

describe('a lookout', () => {
  it('looks once for any number of viewers of the same pages', async () => {
    const { lookout, looks } = ground();
    const sights: Sight[] = [];
    for (let viewer = 0; viewer < 20; viewer++) lookout.watch('overview', (sight) => sights.push(sight));
    lookout.watch(12, () => {});

    await waitFor(() => looks.length >= 2, 'two looks');
    await lookout.close();

    expect(looks.slice(0, 2)).toEqual([
      ['overview', 12],
      ['overview', 12],
    ]);
    expect(sights.length).toBeGreaterThanOrEqual(40);
  });

  it('does not look when nobody does', async () => {
    const { lookout, looks } = ground();
    const forget = lookout.watch('overview', () => {});
    await waitFor(() => looks.length > 0, 'a look');
    forget();
    await lookout.glance(12); // what was under way is over, and nothing is wound up again
    const before = looks.length;
    const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    lookout.watch('overview', () => {});

    expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length).toBe(timers + 1);
    expect(looks.length).toBe(before);
    await lookout.close();
  });

  it('shows what was seen a moment ago to whoever comes, instead of looking again', async () => {
    const { lookout, looks } = ground(60_000);

    const all = await Promise.all([lookout.glance('overview'), lookout.glance('overview')]);
    const later = await lookout.glance('overview');

    expect([...all, later].map(({ content }) => content)).toEqual(['look 1', 'look 1', 'look 1']);
    expect(looks).toEqual([['overview']]);
  });

  it('keeps what was seen last when the database goes away, and says so until it is back', async () => {
    const { lookout, state } = ground();
    const sights: Sight[] = [];
    lookout.watch('overview', (sight) => sights.push(sight));
    await waitFor(() => sights.length > 0, 'a sight');
    state.error = new OperationalError('DATABASE_UNREACHABLE', 'MySQL does not answer');
    await waitFor(() => sights.at(-1)?.trouble !== undefined, 'trouble');
    const away = sights.at(-1);
    state.error = undefined;
    await waitFor(() => sights.at(-1)?.trouble === undefined, 'the end of it');
    await lookout.close();

    expect(away).toMatchObject({
      content: expect.stringMatching(/^look/) as string,
      trouble: { sentence: 'MySQL does not answer' },
    });
  });

  it('gives no content of a list that is not there', async () => {
    const { lookout } = ground();

    expect(await lookout.glance(99)).toMatchObject({ content: undefined, trouble: undefined });
  });

  it('hands a bug on to whoever runs it', async () => {
    const { lookout, state } = ground();
    state.error = new TypeError('a bug');
    lookout.watch('overview', () => {});

    await expect(lookout.failed).rejects.toThrow('a bug');
    await lookout.close();
  });
});
