// Puts work on one connection into a row. A transaction must not find another caller's statement between its own.

/** Gives a function that runs what it is given in turn, each when the one before has ended, well or badly. */
export function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    // Who asked is told of the failure; who comes next is not.
    last = turn.catch(() => undefined);
    return turn;
  };
}
