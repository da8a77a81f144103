// The page of a report: what it says, that it stands alone, and that nobody's words become part of it.

import { describe, expect, it } from 'vitest';
import { ReportTally } from '../../src/domain/report.ts';
import { reportPage } from '../../src/pages/report-page.ts';
import { HOSTILE, PLAIN_TIMES, someReport } from './some-report.ts';

const page = (facts: Parameters<typeof someReport>[0] = {}) =>
  reportPage(someReport(facts), PLAIN_TIMES).replaceAll(/\s+/g, ' ');

describe('the page of a report', () => {
  it('says in one sentence what was found, under the name of the list', () => {
    const text = page();

    expect(text).toContain('<h1><bdi>Spring newsletter</bdi></h1>');
    expect(text).toContain('<b>85.7 %</b><small>can be mailed</small>');
    expect(text).toContain('85.7\u00A0% of 982 addresses can be mailed.'.replace('\u00A0', ' '));
    expect(text).toContain('18 more are not decided yet.');
    expect(text).toContain('not finished: <bdi>running</bdi>');
  });

  it('takes nothing from elsewhere, and forbids scripts', () => {
    const text = page({ name: HOSTILE.name });

    expect(text).not.toMatch(/<script|<img|<iframe|<svg onload|javascript:alert\(4\)>|https?:\/\//i);
    expect(text).toMatch(
      /Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;sha256-/,
    );
  });

  it('shows hostile words as text', () => {
    const text = page({ name: HOSTILE.name });

    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(text).toContain('&lt;svg onload=alert(3)&gt;.example');
    expect(text).toContain('&lt;iframe src=javascript:alert(4)&gt;');
    expect(text).toContain('&lt;/small&gt;&lt;script&gt;alert(5)&lt;/script&gt;');
    expect(text).not.toMatch(/[\u202E\u001B]/);
  });

  it('puts a table beside each drawing, and a title in it', () => {
    const text = page();
    const drawings = text.match(/<svg[^>]*>/g) ?? [];

    expect(drawings.length).toBeGreaterThan(10);
    expect(drawings.filter((drawing) => !/role="img"[^>]*aria-label="[^"]+"/.test(drawing))).toEqual([]);
    expect(text.match(/<table/g)!.length).toBeGreaterThanOrEqual(7);
  });

  it('says what the list’s total has beside its rows', () => {
    expect(page({ leftOut: 1 })).toContain('has 1 more, as invalid: it was left out when the list was made.');
    expect(page({ leftOut: 0 })).not.toContain('left out');
  });

  it('of nothing says so, and leaves out what there is nothing to show of', () => {
    const text = page({
      report: new ReportTally().finish(),
      examples: [],
      name: undefined,
      status: undefined,
    });

    expect(text).toContain('There are no addresses.');
    expect(text).toContain('<h1>List 12</h1>');
    expect(text).not.toMatch(/<h2|NaN|undefined/);
  });
});
