import { describe, expect, it } from 'vitest';
import { workerLine } from '../../src/files/worker-log.ts';
import { openRedactor } from '../../src/platform/redaction.ts';
import { someResult } from '../support/some-result.ts';

const key = 'a'.repeat(64);
const none = openRedactor({ policy: 'none', key });
const mask = openRedactor({ policy: 'mask', key });
const hash = openRedactor({ policy: 'hash', key });

describe('LOG_REDACT', () => {
  const refused = someResult({
    email: 'John.Doe@Example.com',
    status: 'invalid',
    reason: 'mailbox-not-found',
    response: '550 5.1.1 <john.doe@example.com>: no mailbox John.Doe here, ask postmaster@example.com.',
  });

  it('leaves a line as it is with none', () => {
    expect(workerLine(refused, none)).toBe(workerLine(refused));
  });

  it('masks local parts, also where the host quotes them, and leaves the line its form', () => {
    expect(workerLine(refused, mask)).toBe(
      '✗ EMAIL: ***@Example.com | STATUS: invalid | RESPONSE: 550 5.1.1 <***@example.com>: no mailbox *** here, ' +
        'ask ***@example.com. | REASON: mailbox-not-found | MX: mx1.example.com',
    );
  });

  it('hashes addresses, and leaves nothing of them', () => {
    const line = workerLine(refused, hash);

    expect(line).toMatch(
      /^✗ EMAIL: (#[0-9a-f]{16}) \| STATUS: invalid \| RESPONSE: 550 5\.1\.1 <\1>: no mailbox \*\*\* here, ask #[0-9a-f]{16}\. \| REASON/,
    );
  });

  it('comes to the same hash for an address in any form, and to another under another key', () => {
    const [one] = new Set(
      ['ann@bücher.example', ' Ann@BÜCHER.example', 'ann@xn--bcher-kva.example'].map((text) =>
        hash.address(text),
      ),
    );

    expect(one).toMatch(/^#[0-9a-f]{16}$/);
    expect(hash.address('ann@xn--bcher-kva.example')).toBe(one);
    expect(openRedactor({ policy: 'hash', key: 'b' }).address('ann@bücher.example')).not.toBe(one);
  });

  it.each([
    ['no address at all', '***', 'no address at all'],
    ['"a b"@example.com', '***@example.com', '"a b"@example.com'],
    ['jörg@example.com', '***@example.com', 'jörg@example.com'],
    ['a@b@example.com', '***@example.com', 'a@b@example.com'],
  ])('masks what a list may hold: %s', (text, masked, email) => {
    expect(mask.address(text)).toBe(masked);
    expect(workerLine(someResult({ email, response: `550 ${email} unknown` }), mask)).not.toMatch(
      /jörg|a b"|a@b/,
    );
  });

  it('leaves words alone that only hold the local part', () => {
    expect(mask.text('550 informed about info', 'info@example.com')).toBe('550 informed about ***');
  });

  it('takes a long hostile text in no time', () => {
    const text = `550 ${'a@'.repeat(50_000)}`;
    const begun = performance.now();

    mask.text(text, 'a+(*@example.com');

    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});
