// What bin/smtp-worker loads, and what the pool forks: runs the program (main.ts, bundled beside this file) with its compiled code.

import { join } from 'node:path';
import { codeFolders, runProgram } from '../platform/code-cache.ts';

declare const __PROGRAM_DIGEST__: string;

runProgram({
  file: join(import.meta.dirname, 'smtp-worker-program.cjs'),
  digest: __PROGRAM_DIGEST__,
  folders: codeFolders(import.meta.dirname),
  require,
});
