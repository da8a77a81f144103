// What commands print: data on stdout with backpressure, talk on stderr, colour only where it is wanted.

/** Writes a line to stdout; resolves when there is room for more, or when nobody reads any more. */
export async function printLine(text: string): Promise<void> {
  const { stdout } = process;
  if (stdout.destroyed || stdout.write(`${text}\n`)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      stdout.off('drain', done).off('close', done);
      resolve();
    };
    stdout.on('drain', done).on('close', done);
  });
}

/** Says something to a person, on stderr. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
