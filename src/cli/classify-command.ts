// The command `classify`: stage and reply lines in, conclusions out, a line each. Streams, so that a corpus of
// any size passes through; a line that is malformed or too long is reported with its number and the rest goes on.

import { EXIT } from '../platform/operational-error.ts';
import { boundedLines } from './bounded-lines.ts';
import { classifyLine } from './classify.ts';
import { printLine } from './output.ts';

const TOO_LONG = { problem: 'more than a million bytes; no reply is that long' };
/** More than a host can say to us in a reply (smtp/reply-reader.ts). */
const MAX_LINE_BYTES = 1_000_000;

/** Reads stdin to its end; exits 0, or 64 when some line was not `stage<TAB>reply`. */
export async function classifyCommand(): Promise<number> {
  let exitCode: number = EXIT.done;
  let lineNumber = 0;
  for await (const { text: line, isCut } of boundedLines(process.stdin, MAX_LINE_BYTES)) {
    lineNumber++;
    if (line === '' || line.startsWith('#')) continue;
    const classified = isCut ? TOO_LONG : classifyLine(line);
    if ('problem' in classified) {
      process.stderr.write(`smtp-validate-cron classify: line ${lineNumber}: ${classified.problem}\n`);
      exitCode = EXIT.usage;
    } else {
      await printLine(JSON.stringify(classified));
    }
  }
  return exitCode;
}
