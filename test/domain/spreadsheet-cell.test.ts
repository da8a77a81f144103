import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvCell, csvLine, withoutGuard } from '../../src/domain/spreadsheet-cell.ts';

describe('csvCell', () => {
  it.each([
    ['ann@example.com', 'ann@example.com'],
    ['=1+1', "'=1+1"],
    ['+49', "'+49"],
    ['-2', "'-2"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'=1"],
    ['\r=1', "'=1"],
    [' =1', "'=1"],
    ['\u200B=1', "'=1"],
    ['＝1', "'＝1"],
    ['a "b", c', '"a ""b"", c"'],
    ['two\r\nlines\u001B[31m', 'two lines [31m'],
    ['a;b', '"a;b"'],
    ['', ''],
  ])('writes %j as %j', (text, cell) => {
    expect(csvCell(text)).toBe(cell);
  });

  it('never begins a cell with what a spreadsheet would calculate, nor writes a control character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = csvCell(text).replace(/^"/, '');

        expect(shown).not.toMatch(/^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/);
        expect(shown).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  it('can be taken back', () => {
    expect(withoutGuard(csvCell('+tag@example.com'))).toBe('+tag@example.com');
    expect(withoutGuard("'quoted@example.com")).toBe("'quoted@example.com");
  });
});

describe('csvLine', () => {
  it('writes numbers as they are, and nothing for what is not there', () => {
    expect(csvLine(['a', -5, undefined, 'b,c'])).toBe('a,-5,,"b,c"');
  });
});
