// Where the program's own files are. Bundled, this module runs from dist/.

import { dirname, join } from 'node:path';

/** The folder of the package: holds bin/, dist/, config/. */
export const PROGRAM_FOLDER = dirname(import.meta.dirname);

/** What the pool starts. */
export const WORKER_PROGRAM = join(PROGRAM_FOLDER, 'dist/smtp-worker.cjs');
