import { describe, expect, it } from 'vitest';
import { PromiseCache } from '../../src/smtp/promise-cache.ts';

function cacheAt(transientMs = 60_000) {
  let now = 0;
  const found: string[] = [];
  const cache = new PromiseCache<string>(
    (answer) => answer.startsWith('trouble'),
    transientMs,
    () => now,
  );
  const get = (name: string, answer: string): Promise<string> =>
    cache.get(name, () => {
      found.push(name);
      return Promise.resolve(answer);
    });
  return { get, found, advance: (ms: number) => (now += ms) };
}

describe('PromiseCache', () => {
  it('finds out once, also for those who ask meanwhile', async () => {
    const { get, found } = cacheAt();

    const answers = await Promise.all([get('a', 'one'), get('a', 'two'), get('b', 'three')]);

    expect(answers).toEqual(['one', 'one', 'three']);
    expect(found).toEqual(['a', 'b']);
  });

  it('keeps what is certain for good, and trouble for as long as it is told', async () => {
    const { get, advance } = cacheAt();
    await get('sure', 'one');
    await get('unsure', 'trouble');

    advance(59_999);
    expect(await Promise.all([get('sure', 'two'), get('unsure', 'two')])).toEqual(['one', 'trouble']);

    advance(1);
    expect(await Promise.all([get('sure', 'two'), get('unsure', 'two')])).toEqual(['one', 'two']);
  });

  it('that keeps no trouble shares it with those who ask meanwhile only', async () => {
    const { get, found } = cacheAt(0);

    const meanwhile = await Promise.all([get('a', 'trouble'), get('a', 'one')]);
    const later = await get('a', 'two');

    expect([meanwhile, later, found]).toEqual([['trouble', 'trouble'], 'two', ['a', 'a']]);
  });
});
