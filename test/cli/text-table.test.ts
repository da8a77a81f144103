import { describe, expect, it } from 'vitest';
import { inColour } from '../../src/cli/paint.ts';
import { type Column, cutTo, shownWidth, tableLines } from '../../src/cli/text-table.ts';

const column = (title: string, cells: readonly string[], more: Partial<Column> = {}): Column => ({
  title,
  align: 'left',
  cells,
  ...more,
});

describe('tableLines', () => {
  const columns = [
    column('LIST', ['1 customers of the north', '2 trial'], { shrinksTo: 10 }),
    column('BAR', ['████', '█░░░'], { mayGo: 2 }),
    column('VALID', ['1,281', '7'], { align: 'right', mayGo: 1 }),
    column('DONE', ['83 %', '<1 %'], { align: 'right' }),
  ];

  it('gives each column the room that it needs', () => {
    expect(tableLines(columns, 80)).toEqual([
      'LIST                      BAR   VALID  DONE',
      '1 customers of the north  ████  1,281  83 %',
      '2 trial                   █░░░      7  <1 %',
    ]);
  });

  it.each([
    [40, ['LIST                   BAR   VALID  DONE', '1 customers of the n…  ████  1,281  83 %']],
    [25, ['LIST          VALID  DONE', '1 customers…  1,281  83 %']],
    [20, ['LIST            DONE', '1 customers o…  83 %']],
  ])('cuts what is elastic within %d columns, and lets go what may go', (width, [title, first]) => {
    const lines = tableLines(columns, width);

    expect(lines.slice(0, 2)).toEqual([title, first]);
    expect(Math.max(...lines.map(shownWidth))).toBeLessThanOrEqual(width);
  });
});

describe('shownWidth', () => {
  it.each([
    ['plain', 5],
    ['新年', 4],
    ['e\u0301', 1],
    ['📧', 2],
    [inColour('bad', 'red'), 3],
  ])('takes %j for %d places', (text, places) => {
    expect(shownWidth(text)).toBe(places);
  });
});

describe('cutTo', () => {
  it.each([
    ['customers', 9, 'customers'],
    ['customers', 5, 'cust…'],
    ['新年新年', 6, '新年…'],
    ['新年新年', 5, '新年…'],
    ['customers', 0, ''],
  ])('cuts %j to %d places', (text, width, cut) => {
    expect(cutTo(text, width)).toBe(cut);
  });
});
