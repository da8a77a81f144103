// A report on a terminal: within its width, and clean.

import { describe, expect, it } from 'vitest';
import { reportLines } from '../../src/cli/report-text.ts';
import { HOSTILE, PLAIN_TIMES, someReport } from '../pages/some-report.ts';

describe('reportLines', () => {
  it.each([80, 100, 200])('keeps within %i columns', (width) => {
    const lines = reportLines(someReport({ name: HOSTILE.name }), PLAIN_TIMES, width);

    expect(lines.filter((line) => line.length > width)).toEqual([]);
  });

  it('cleans what others wrote', () => {
    const text = reportLines(someReport({ name: HOSTILE.name }), PLAIN_TIMES, 80).join('\n');

    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u202E]/);
  });

  it('tells verdicts, reasons, what waits, providers, time, probes and slow domains', () => {
    const text = reportLines(someReport(), PLAIN_TIMES, 80).join('\n');

    expect(text).toMatch(/^List 12 “Spring newsletter”, running$/m);
    expect(text).toMatch(/^ {2}valid +842 +85\.7 % {2}█+$/m);
    expect(text).toMatch(/^ {2}invalid +100 +10\.2 % {2}mailbox-not-found$/m);
    expect(text).toMatch(/^ +18 {2}greylisted$/m);
    expect(text).toMatch(/^ {2}google +942 /m);
    expect(text).toMatch(/were settled\s+at the first attempt/);
    expect(text).toMatch(/^ {2}<svg onload=alert\(3\)>\.example +100 +2\.5 s +2\.0 +0$/m);
  });

  it('says what the list’s total has beside its rows', () => {
    const text = (leftOut: number) => reportLines(someReport({ leftOut }), PLAIN_TIMES, 120).join('\n');

    expect(text(36)).toContain(
      'The list’s total has 36 more, as invalid: they were left out when the list was made.',
    );
    expect(text(0)).not.toContain('left out');
  });
});
