import { describe, expect, it } from 'vitest';
import { takeAddress } from '../../src/domain/imported-address.ts';

const LIMITS = { maxLength: 150, maxCodePoint: 0x10ffff };

describe('takeAddress', () => {
  it.each([
    ['ann@example.com', 'ann@example.com'],
    ['  ann@example.com\t', 'ann@example.com'],
    ['\uFEFFann@example.com\u00A0\u200B', 'ann@example.com'],
    ['Ann@EXAMPLE.com', 'Ann@EXAMPLE.com'],
    ["'+tag@example.com", '+tag@example.com'],
    ["o'hara@example.com", "o'hara@example.com"],
  ])('keeps %j as %j', (cell, email) => {
    expect(takeAddress(cell, LIMITS)).toMatchObject({ email });
  });

  it('gives both halves for the CRM’s columns', () => {
    expect(takeAddress('ann@Bücher.example', LIMITS)).toEqual({
      email: 'ann@Bücher.example',
      account: 'ann',
      domain: 'xn--bcher-kva.example',
    });
  });

  it.each([
    ['', 'no address'],
    ['ann', 'no @ in the address'],
    ['ann@exam\0ple.com', 'control character in the address'],
    [`ann@${'a.'.repeat(80)}example`, 'longer than the 150 characters that the database holds'],
  ])('leaves %j out: %s', (cell, problem) => {
    expect(takeAddress(cell, LIMITS)).toEqual({ problem });
  });

  it('leaves out what the column would change', () => {
    const problem = 'a character that the database does not hold';

    expect(takeAddress('ä@example.com', { ...LIMITS, maxCodePoint: 0x7f })).toEqual({ problem });
    expect(takeAddress('😀@example.com', { ...LIMITS, maxCodePoint: 0xffff })).toEqual({ problem });
  });
});
