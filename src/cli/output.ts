// What commands print: data on stdout with backpressure, talk on stderr, colour only where it is wanted.

import { once } from 'node:events';

/** Writes a line to stdout; resolves when there is room for more. */
export async function printLine(text: string): Promise<void> {
  if (!process.stdout.write(`${text}\n`)) await once(process.stdout, 'drain');
}

/** Says something to a person, on stderr. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
