// Nothing gets into a page unescaped.

import { describe, expect, it } from 'vitest';
import { niceTop, bar, ring } from '../../src/pages/charts.ts';
import { foreign, html } from '../../src/pages/html.ts';

describe('html', () => {
  it('escapes whatever is put into it', () => {
    const text = `<script>alert("1")</script> & 'more'`;

    expect(html`<p title="${text}">${text}</p>`.text).toBe(
      '<p title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;">&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;</p>',
    );
  });

  it('takes HTML that was made in the same way as it is, and lists of it', () => {
    const children = ['a<b', html`<li>c</li>`, [1, 2]];

    expect(
      html`<ul>
        ${children}
      </ul>`.text,
    ).toMatch(/^<ul>\s*a&lt;b<li>c<\/li>12\s*<\/ul>$/);
  });

  it('shows nothing of what is not there', () => {
    expect(html`<p>${undefined}${false}${''}${0}</p>`.text).toBe('<p>0</p>');
  });
});

describe('foreign', () => {
  it.each([
    ['turns nothing around it', '\u202Egnp.exe', '<bdi>gnp.exe</bdi>'],
    ['is one line without controls', 'a\r\n\u0007b', '<bdi>a b</bdi>'],
    ['is escaped', '<b>', '<bdi>&lt;b&gt;</bdi>'],
    ['is cut', 'x'.repeat(300), `<bdi>${'x'.repeat(9)}…</bdi>`],
  ])('%s', (_, text, shown) => {
    expect(foreign(text, 10).text).toBe(shown);
  });
});

describe('charts', () => {
  it('escape the names of their parts', () => {
    const parts = [{ kind: 'valid', name: '"><script>', value: 1 }];

    expect(bar('"><x>', parts).text + ring('"><x>', parts).text).not.toMatch(/<script>|<x>/);
  });

  it('draw parts one after the other, to scale', () => {
    const drawn = bar('', [
      { kind: 'valid', name: 'a', value: 3 },
      { kind: 'invalid', name: 'b', value: 1 },
    ]).text.replaceAll(/\s+/g, ' ');

    expect(
      [...drawn.matchAll(/class="(\w+)" x="([\d.]+)" y="0" width="([\d.]+)"/g)].map((m) => m.slice(1)),
    ).toEqual([
      ['track', '0', '1000'],
      ['valid', '0', '750'],
      ['invalid', '750', '250'],
    ]);
  });

  it('draw rings as arcs, none longer than half of the way round, clockwise from the top', () => {
    const drawn = ring('', [
      { kind: 'valid', name: 'a', value: 3 },
      { kind: 'invalid', name: 'b', value: 1 },
    ]).text;

    expect([...drawn.matchAll(/class="(\w+)" d="([^"]+)"/g)].map((m) => m.slice(1))).toEqual([
      ['valid', 'M50 8 A42 42 0 0 1 50 92 M50 92 A42 42 0 0 1 8 50'],
      ['invalid', 'M8 50 A42 42 0 0 1 50 8'],
    ]);
  });

  it('of nothing are empty and no numbers that are none', () => {
    expect(bar('', []).text + ring('', []).text).not.toMatch(/NaN|Infinity/);
  });

  it.each([
    [0, 2],
    [3, 4],
    [5, 6],
    [61, 80],
    [630, 800],
    [1_001, 2_000],
  ])('have a scale for %i up to %i', (value, top) => expect(niceTop(value)).toBe(top));
});
