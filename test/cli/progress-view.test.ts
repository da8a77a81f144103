import { describe, expect, it } from 'vitest';
import { openProgressView, progressLines } from '../../src/cli/progress-view.ts';
import type { WorkProgress } from '../../src/cycle/progress.ts';
import { NO_OUTCOMES } from '../../src/domain/verdict.ts';

const progress: WorkProgress = {
  startedAt: 1_000,
  workers: 3,
  done: 50,
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
    const [head, first, second] = progressLines(progress, 31_000);

    expect(head).toBe('30 s, 3 worker(s), 100 emails/minute');
    expect(first).toBe(`User 5 ${'█'.repeat(12)}${'░'.repeat(12)} 50/100  2 workers  Valid=42, Invalid=8`);
    expect(second).toContain(`${'█'.repeat(24)} 0/0`);
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
