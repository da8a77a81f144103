import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { cleanLine } from '../../src/domain/clean-text.ts';

describe('cleanLine', () => {
  it.each([
    { why: 'leaves plain text alone', text: '550 5.1.1 no such user', clean: '550 5.1.1 no such user' },
    {
      why: 'keeps letters of all scripts',
      text: 'Empfänger 不存在 пользователь 😀',
      clean: 'Empfänger 不存在 пользователь 😀',
    },
    {
      why: 'joins lines by a blank',
      text: 'one\r\ntwo\nthree\u2028four\u0085five',
      clean: 'one two three four five',
    },
    { why: 'squeezes and trims blanks', text: '  a \t\u00A0 b  ', clean: 'a b' },
    { why: 'defuses terminal sequences', text: '\u001B[2J\u001B]0;x\u0007ok', clean: '[2J ]0;x ok' },
    { why: 'drops what turns the direction', text: 'a\u202Eb\u2066c\u200Fd', clean: 'abcd' },
    { why: 'drops what cannot be seen', text: 'a\u200Bb\uFEFFc\u00ADd\u{E0041}e', clean: 'abcde' },
    { why: 'replaces a lone surrogate', text: 'a\uD800b', clean: 'a\uFFFDb' },
    { why: 'makes nothing of nothing', text: '\n\u0000', clean: '' },
  ])('$why', ({ text, clean }) => {
    expect(cleanLine(text)).toBe(clean);
  });

  it.each([
    { text: 'abcdef', max: 6, clean: 'abcdef' },
    { text: 'abcdefg', max: 6, clean: 'abcde…' },
    { text: 'abcd😀g', max: 6, clean: 'abcd…' },
    { text: 'abcd efg', max: 6, clean: 'abcd…' },
    { text: 'ab', max: 1, clean: '…' },
    { text: 'ab', max: 0, clean: '' },
    { text: `${'\u200B'.repeat(600)}ab`, max: 500, clean: 'ab' },
  ])('cuts $text to $max', ({ text, max, clean }) => {
    expect(cleanLine(text, max)).toBe(clean);
  });

  it('gives one well-formed line within the bound for any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.integer({ min: 0, max: 50 }),
        (text, max) => {
          const line = cleanLine(text, max);
          expect(line.length).toBeLessThanOrEqual(max);
          expect(line).toSatisfy((clean: string) => clean.isWellFormed());
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
        },
      ),
    );
  });
});
