import { describe, expect, it } from 'vitest';
import { Places } from '../../src/platform/places.ts';

/** Work that begins when it has its place and ends when it is told to. */
function job(
  places: Places,
  log: string[],
  name: string,
): { readonly done: Promise<void>; readonly end: (error?: Error) => void } {
  const { promise, resolve, reject } = withResolvers();
  const done = places.run(() => {
    log.push(`${name} begins`);
    return promise;
  });
  return { done, end: (error) => (error === undefined ? resolve() : reject(error)) };
}

function withResolvers() {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

describe('Places', () => {
  it('lets as many work at once as there are places, the others in the order in which they came', async () => {
    const log: string[] = [];
    const places = new Places(2);
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => job(places, log, name));
    const whileTwoWork = [...log];

    b!.end();
    await b!.done;
    await Promise.resolve();
    const afterOneEnded = [...log];
    for (const { end } of [a!, c!, d!]) end();
    await Promise.all([a!.done, c!.done, d!.done]);

    expect(whileTwoWork).toEqual(['a begins', 'b begins']);
    expect(afterOneEnded).toEqual(['a begins', 'b begins', 'c begins']);
    expect(log).toEqual(['a begins', 'b begins', 'c begins', 'd begins']);
  });

  it('takes a place back before the work is over, once', async () => {
    const log: string[] = [];
    const places = new Places(1);
    const { promise, resolve } = withResolvers();
    const parting = places.run((giveBack) => {
      giveBack();
      giveBack();
      return promise;
    });
    const next = job(places, log, 'next');
    const third = job(places, log, 'third');
    await Promise.resolve();
    const whilePartingIsOpen = [...log];
    resolve();
    await parting;
    const afterwards = [...log];
    for (const { end, done } of [next, third]) {
      end();
      await done;
    }

    expect([whilePartingIsOpen, afterwards]).toEqual([['next begins'], ['next begins']]);
    expect(log).toEqual(['next begins', 'third begins']);
  });

  it('is widened at once, for those who wait first, and never narrowed', async () => {
    const log: string[] = [];
    const places = new Places(1);
    const jobs = ['a', 'b', 'c', 'd', 'e'].map((name) => job(places, log, name));

    places.widen(3);
    places.widen(2);
    await Promise.resolve();
    const widened = [...log];
    jobs[0]!.end();
    await jobs[0]!.done;
    await Promise.resolve();

    expect([widened, log]).toEqual([
      ['a begins', 'b begins', 'c begins'],
      ['a begins', 'b begins', 'c begins', 'd begins'],
    ]);
    for (const { end } of jobs) end();
    await Promise.all(jobs.map(({ done }) => done));
  });

  it('gives the place back when the work fails', async () => {
    const log: string[] = [];
    const places = new Places(1);
    const failing = job(places, log, 'failing');
    const next = job(places, log, 'next');

    failing.end(new Error('it failed'));
    next.end();

    await expect(failing.done).rejects.toThrow('it failed');
    await next.done;
    expect(log).toEqual(['failing begins', 'next begins']);
  });
});
