// Things that are done again and again, each in a rhythm of its own, until disposed.

/** Calls each function every so many milliseconds, the first time when they have passed. */
export function every(rhythms: readonly (readonly [ms: number, act: () => void])[]): Disposable {
  const timers = rhythms.map(([ms, act]) => setInterval(act, ms));
  return {
    [Symbol.dispose]: () => {
      for (const timer of timers) clearInterval(timer);
    },
  };
}
