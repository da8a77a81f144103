import { describe, expect, it } from 'vitest';

import { dayStamp, fileStamp, localStamp } from '../../src/platform/clock.ts';
import { CYCLE_ID, cycleId } from '../../src/platform/cycle-id.ts';

describe('stamps', () => {
  const time = new Date(2026, 1, 9, 5, 4, 3, 999).getTime();

  it('writes local time as the guide does', () => {
    expect(localStamp(time)).toBe('2026-02-09 05:04:03');
    expect(dayStamp(time)).toBe('2026-02-09');
    expect(fileStamp(time)).toBe('2026-02-09_05-04-03');
  });

  it('follows a clock that goes on, and one that is set back', () => {
    expect([time, time + 1, time - 1000].map(localStamp)).toEqual([
      '2026-02-09 05:04:03',
      '2026-02-09 05:04:04',
      '2026-02-09 05:04:02',
    ]);
  });

  it('begins a new day at local midnight', () => {
    const midnight = new Date(2026, 2, 1).getTime();

    expect([dayStamp(midnight - 1), dayStamp(midnight)]).toEqual(['2026-02-28', '2026-03-01']);
  });
});

describe('cycleId', () => {
  it('sorts by time and names the server', () => {
    const ids = [1_795_495_793_600, 1_795_495_793_601, 1_795_495_800_000].map((time) =>
      cycleId(time, 'mail-1.example'),
    );

    expect(ids[0]).toBe('20261124T044953600Z-mail-1.example');
    expect(ids.toSorted()).toEqual(ids);
  });

  it.each(['../../etc', 'a/b', '', '.', 'köln 1', 'x'.repeat(200), 'a\n'])(
    'makes a folder name of server %j',
    (server) => {
      const id = cycleId(0, server);

      expect(id).toMatch(CYCLE_ID);
      expect(id).not.toMatch(/[/\s]/);
      expect(id.length).toBeLessThanOrEqual(60);
    },
  );
});
