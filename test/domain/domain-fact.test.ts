import { describe, expect, it } from 'vitest';
import { mxSetOf } from '../../src/domain/domain-fact.ts';

describe('mxSetOf', () => {
  it('is the same for the same hosts in whatever order, and another for others', () => {
    const set = mxSetOf([{ name: 'mx2.a.example' }, { name: 'mx1.a.example' }]);

    expect(set).toBe('mx1.a.example,mx2.a.example');
    expect(mxSetOf([{ name: 'mx1.a.example' }, { name: 'mx2.a.example' }])).toBe(set);
    expect(mxSetOf([{ name: 'mx1.a.example' }])).not.toBe(set);
  });

  it('fits its column', () => {
    const hosts = Array.from({ length: 20 }, (_, n) => ({ name: `${'m'.repeat(60)}${n}.a.example` }));

    expect(mxSetOf(hosts)).toHaveLength(500);
  });
});
