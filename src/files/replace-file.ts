// Puts a short text in the place of a file in one step: whoever reads it sees the old one or the new one, and never half.
// Until then its name ends in .tmp, which nobody collects. Nothing is synced: what has to outlive a power cut is written by
// batch-file.ts and output-file.ts. Node built-ins only.

import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { OperationalError } from '../platform/operational-error.ts';
import { cannotWrite } from './file-errors.ts';

interface Replacement {
  readonly mode: number;
  /** The mode holds whatever the umask is. */
  readonly isForAll?: boolean;
  /** What is thrown where it cannot be done; FILE_NOT_WRITTEN where nothing is said. */
  readonly refusal?: (path: string, cause: unknown) => OperationalError;
}

/** Writes the file, or throws and leaves what was there. */
export function replaceFile(
  path: string,
  text: string,
  { mode, isForAll = false, refusal = cannotWrite }: Replacement,
): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { mode });
    if (isForAll) chmodSync(temporary, mode);
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw refusal(path, cause);
  }
}
