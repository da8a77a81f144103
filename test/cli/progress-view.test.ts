import { describe, expect, it } from 'vitest';
import { openProgressView, progressLines, type Shown } from '../../src/cli/progress-view.ts';
import { NO_OUTCOMES } from '../../src/domain/verdict.ts';

const progress: Shown = {
  startedAt: 1_000,
  workers: 3,
  done: 50,
  isStopping: false,
  users: [
    { userId: 5, workers: 2, counts: { ...NO_OUTCOMES, valid: 40, 'catch-all': 2, invalid: 8 }, known: 100 },
    { userId: 8, workers: 1, counts: NO_OUTCOMES, known: 0 },
  ],
};

/** A terminal that remembers what was written to it. */
function terminal(isTTY: boolean) {
  const written: string[] = [];
  const out = { isTTY, columns: 80, write: (text: string) => written.push(text) > 0 };
  return { out: out as unknown as NodeJS.WriteStream, written };
}

describe('progressLines', () => {
  it('shows speed, and a bar, share and tally for each user', () => {
    const [head, first, second] = progressLines(progress, 31_000, 80);

    expect(head).toBe('30 s, 3 workers, 100 emails/minute');
    expect(first).toBe(`User 5 ${'█'.repeat(12)}${'░'.repeat(12)} 50/100  2 workers  Valid=42, Invalid=8`);
    expect(second).toContain(`${'█'.repeat(24)} 0/0`);
  });

  it.each([
    {
      width: 81,
      head: '30 s, 3 workers, 100 emails/minute',
      user: `${'█'.repeat(12)}${'░'.repeat(12)} 50/100`,
    },
    {
      width: 60,
      head: '30 s, 3 workers, 100 emails/minute',
      user: `User 5 ${'█'.repeat(5)}${'░'.repeat(5)} 50/100  2 workers  Valid=42, Invalid=8`,
    },
    {
      width: 50,
      head: '30 s, 3 workers, 100 emails/minute',
      user: 'User 5 50/100  2 workers  Valid=42, Invalid=8',
    },
    { width: 36, head: '30 s, 3 workers, 100 emails/minute', user: 'User 5 50/100  Valid=42, Invalid=8' },
    { width: 24, head: '30 s, 100 emails/minute', user: 'User 5 50/100' },
    { width: 20, head: '30 s', user: 'User 5 50/100' },
    { width: 10, head: '30 s', user: 'User 5' },
    { width: 1, head: '', user: '' },
  ])('cuts no number in $width columns', ({ width, head, user }) => {
    const lines = progressLines(progress, 31_000, width);

    expect(lines[0]).toBe(head);
    expect(lines[1]).toContain(user);
    for (const line of lines) expect(line.length).toBeLessThan(width);
  });

  it('says that it is stopping', () => {
    const [wide] = progressLines({ ...progress, isStopping: true }, 31_000, 80);
    const [narrow] = progressLines({ ...progress, isStopping: true }, 31_000, 30);

    expect([wide, narrow]).toEqual(['30 s, stopping: 3 workers finish what is in flight', '30 s, stopping']);
  });
});

describe('openProgressView', () => {
  it('is not there where there is no terminal', () => {
    expect(openProgressView(terminal(false).out)).toBeUndefined();
  });

  it('draws over what it drew, within the width, and wipes it at the end', () => {
    const { out, written } = terminal(true);
    const view = openProgressView(out)!;

    view.show(progress);
    view.close();

    const lines = written[0]!.split('\n');
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line.length).toBeLessThan(80);
    expect(written[1]).toBe('\u001B[3F\u001B[J');
  });
});
