// What commands print: data on stdout with backpressure, talk on stderr, colour only where it is wanted. Nothing here
// is touched before there is something to print: making the two streams costs milliseconds, and an idle cycle is silent.

import { EXIT } from '../platform/operational-error.ts';

/** Writes a line to stdout; resolves when there is room for more, or when nobody reads any more. */
export async function printLine(text: string): Promise<void> {
  watchOutput();
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
  watchOutput();
  process.stderr.write(`${text}\n`);
}

let isWatched = false;
let isLost = false;

/** True once what is printed reaches nobody: whoever read it has gone, or the disk behind it is full. */
export function isOutputLost(): boolean {
  return isLost;
}

/** Hears of output that is lost; for whoever lets others write to stdout or stderr. */
export function watchOutput(): void {
  if (isWatched) return;
  isWatched = true;
  for (const stream of [process.stdout, process.stderr]) stream.on('error', outputLost);
}

// `smtp-validate-cron check … | head` closes our stdout, which is no failure of ours: what is not printed any more is not
// wanted, and the exit code stays what it is. Output that is lost for another reason (a full disk behind >) is one.
function outputLost(error: NodeJS.ErrnoException): void {
  isLost = true;
  if (error.code === 'EPIPE') return;
  // In the end, too: a command that knows nothing of it says that it is done.
  process.exitCode ||= EXIT.ioError;
  process.once('exit', () => (process.exitCode ||= EXIT.ioError));
}
