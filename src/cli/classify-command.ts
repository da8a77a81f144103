// The command `classify`: stage and reply lines in, conclusions out, a line each. Streams, so that a corpus of
// any size passes through; a malformed line is reported with its number and the rest goes on.

import { createInterface } from 'node:readline';
import { EXIT } from '../platform/operational-error.ts';
import { classifyLine } from './classify.ts';
import { printLine } from './output.ts';

/** Reads stdin to its end; exits 0, or 64 when some line was not `stage<TAB>reply`. */
export async function classifyCommand(): Promise<number> {
  let exitCode: number = EXIT.done;
  let lineNumber = 0;
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    lineNumber++;
    if (line === '' || line.startsWith('#')) continue;
    const classified = classifyLine(line);
    if ('problem' in classified) {
      process.stderr.write(`smtp-validate-cron classify: line ${lineNumber}: ${classified.problem}\n`);
      exitCode = EXIT.usage;
    } else {
      await printLine(JSON.stringify(classified));
    }
  }
  return exitCode;
}
