// A disk of its own for a folder, small enough to be filled: a tmpfs, which only root may mount.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FILLER = 'filler';

/** True where disks can be mounted. */
export function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'svc-mount-'));
  try {
    new SmallDisk(folder)[Symbol.dispose]();
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export class SmallDisk implements Disposable {
  readonly #folder: string;
  #isReadOnly = false;

  /** Mounts it over a folder, which is made if need be. */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    mount('-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder);
  }

  /** Leaves no byte free. */
  fill(): void {
    try {
      for (;;) writeFileSync(join(this.#folder, FILLER), Buffer.alloc(4_096), { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }

  /** Allows no file to be opened for writing; those that are open stay so. */
  makeReadOnly(): void {
    mount('--bind', this.#folder, this.#folder);
    this.#isReadOnly = true;
    mount('-o', 'remount,bind,ro', this.#folder);
  }

  /** There is space again, and it may be written. */
  repair(): void {
    if (this.#isReadOnly) unmount(this.#folder);
    this.#isReadOnly = false;
    rmSync(join(this.#folder, FILLER), { force: true });
  }

  [Symbol.dispose](): void {
    this.repair();
    unmount(this.#folder);
  }
}

function mount(...args: readonly string[]): void {
  execFileSync('mount', args, { stdio: 'pipe' });
}

// Lazily: whoever died on it may still be on its way out.
function unmount(folder: string): void {
  execFileSync('umount', ['-l', folder], { stdio: 'pipe' });
}
