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

// JSON leaves them as they are, and a terminal would obey them: C1 controls, bidi controls, what is not seen.
const UNSEEN = /[\u007F-\u009F\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Gives `value` as JSON on one line, with every character that is not seen written as an escape. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(UNSEEN, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** Says something to a person, on stderr. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
