import { describe, expect, it } from 'vitest';
import { checkLine } from '../../src/cli/check-line.ts';
import { someResult } from '../support/some-result.ts';

describe('checkLine', () => {
  it('says verdict, reason, response, host and flags', () => {
    const result = someResult({ email: 'info@gmial.com', mx: 'eu.mimecast.com' });

    expect(checkLine(result, false)).toBe(
      '✓ info@gmial.com  valid  accepted  192.0.2.1 (eu.mimecast.com) [role info] [perhaps gmail.com] [behind mimecast]',
    );
  });

  it('has no brackets where there is nothing to say', () => {
    expect(checkLine(someResult({ mx: undefined }), false)).toBe(
      '✓ john@example.com  valid  accepted  192.0.2.1',
    );
  });

  it('prints the same as JSON, flags last, for what is no address too', () => {
    const shown = [someResult({ email: 'ann@gmail.com' }), someResult({ email: 'a b' })].map(
      (result) => JSON.parse(checkLine(result, true)) as Record<string, unknown>,
    );

    expect(shown.map(({ flags }) => flags)).toEqual([{ free: true }, {}]);
    expect(Object.keys(shown[0]!)).toEqual([
      'email',
      'status',
      'reason',
      'code',
      'enhanced',
      'response',
      'mx',
      'ip',
      'attempt',
      'ms',
      'flags',
    ]);
  });
});
