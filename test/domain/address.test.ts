import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { needsSmtpUtf8, parseAddress } from '../../src/domain/address.ts';

describe('parseAddress', () => {
  it.each([
    ['john@example.com', 'john', 'example.com'],
    [' john@example.com\t', 'john', 'example.com'],
    ['John.Doe@EXAMPLE.Com', 'John.Doe', 'example.com'],
    ['a@example.com', 'a', 'example.com'],
    ['12345@example.com', '12345', 'example.com'],
    ['john+tag@example.com', 'john+tag', 'example.com'],
    ["o'hara@example.com", "o'hara", 'example.com'],
    ['prvs=0123=x@example.com', 'prvs=0123=x', 'example.com'],
    ["!#$%&'*+/=?^_`{|}~-@example.com", "!#$%&'*+/=?^_`{|}~-", 'example.com'],
    ['"john doe"@example.com', '"john doe"', 'example.com'],
    ['"a@b"@example.com', '"a@b"', 'example.com'],
    [String.raw`"a\"b"@example.com`, String.raw`"a\"b"`, 'example.com'],
    ['josé@example.com', 'josé', 'example.com'],
    ['info@münchen.example', 'info', 'xn--mnchen-3ya.example'],
    ['info@例え.テスト', 'info', 'xn--r8jz45g.xn--zckzah'],
    ['info@xn--mnchen-3ya.example', 'info', 'xn--mnchen-3ya.example'],
    ['info@example.com.', 'info', 'example.com'],
    [`${'l'.repeat(64)}@example.com`, 'l'.repeat(64), 'example.com'],
    ['x@1and1.example', 'x', '1and1.example'],
  ])('takes %j', (text, local, domain) => {
    expect(parseAddress(text)).toEqual({ local, domain });
  });

  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['john', 'no @'],
    ['@example.com', 'nothing before the @'],
    ['john@', 'no domain'],
    ['john@example', 'single label'],
    ['john@example..com', 'not a domain name'],
    ['john@-example.com', 'not a domain name'],
    ['john@example-.com', 'not a domain name'],
    ['john@exa_mple.com', 'not a domain name'],
    ['john@exa mple.com', 'not a domain name'],
    ['john@example.com/path', 'not a domain name'],
    ['john@example.com:25', 'not a domain name'],
    ['john@%65xample.com', 'not a domain name'],
    ['john@[192.0.2.1]', 'address literals'],
    ['john@192.0.2.1', 'address literals'],
    ['john@0x7f.1', 'address literals'],
    ['john@example.com>', 'not a domain name'],
    ['john doe@example.com', 'local part cannot have'],
    ['.john@example.com', 'local part cannot have'],
    ['john.@example.com', 'local part cannot have'],
    ['jo..hn@example.com', 'local part cannot have'],
    ['john@doe@example.com', 'local part cannot have'],
    ['<john@example.com', 'local part cannot have'],
    ['"john@example.com', 'malformed quoted'],
    ['"jo"hn"@example.com', 'malformed quoted'],
    ['john\r\nRCPT TO:<x@example.com>@example.com', 'control character'],
    ['john@example.com\r\n', 'control character'],
    ['jo\u0000hn@example.com', 'control character'],
    ['jo\u2028hn@example.com', 'control character'],
    ['john@exam\u0085ple.com', 'control character'],
    ['jo\ud800hn@example.com', 'broken Unicode'],
    [`${'l'.repeat(65)}@example.com`, 'longer than 64'],
    [`${'é'.repeat(33)}@example.com`, 'longer than 64'],
    [`a@${'d'.repeat(64)}.com`, 'not a domain name'],
    [
      `${'l'.repeat(64)}@${'d'.repeat(60)}.${'d'.repeat(60)}.${'d'.repeat(60)}.${'d'.repeat(20)}`,
      'longer than 254',
    ],
  ])('refuses %j: %s', (text, problem) => {
    expect(parseAddress(text)).toEqual({ problem: expect.stringContaining(problem) });
  });

  it('never throws, and what it takes can stand on a command line of SMTP', () => {
    const nasty = fc.string({ unit: 'binary', maxLength: 80 });
    const near = fc
      .tuple(fc.string({ maxLength: 20 }), fc.string({ maxLength: 30 }))
      .map((pair) => pair.join('@'));
    fc.assert(
      fc.property(fc.oneof(nasty, near, fc.emailAddress()), (text) => {
        const address = parseAddress(text);
        if ('problem' in address) return;

        expect(address.domain).toMatch(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/);
        expect(address.local).not.toMatch(/[\u0000-\u001F\u007F]/);
        expect(parseAddress(`${address.local}@${address.domain}`)).toEqual(address);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('needsSmtpUtf8', () => {
  it.each([
    ['josé', true],
    ['jose', false],
  ])('says of %s: %s', (local, expected) => {
    expect(needsSmtpUtf8({ local, domain: 'example.com' })).toBe(expected);
  });
});
