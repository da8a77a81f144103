// A file that only grows, one write per piece of text, so that several processes can share it and a reader
// with `tail -f` never waits. Node built-ins only: workers use it too. What a line looks like is its users' affair.

import { closeSync, fstatSync, mkdirSync, openSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

import { cannotCreate, cannotWrite } from './file-errors.ts';

export const FILE_MODE = 0o640;
export const FOLDER_MODE = 0o750;

export class AppendFile {
  readonly path: string;
  #fd: number | undefined;
  #isTorn = false;

  /** Opens the file, creating it and its folders; throws FILE_NOT_CREATED. */
  constructor(path: string) {
    this.path = path;
    this.#fd = openForAppend(path);
  }

  /**
   * Appends whole lines with one write. Throws FILE_NOT_WRITTEN; what had been written of a line by then is
   * ended before the next one, so that a full disk leaves one torn line and no joined ones.
   */
  append(lines: string): void {
    const bytes = Buffer.from(this.#isTorn ? `\n${lines}` : lines);
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#open, bytes, written);
      this.#isTorn = false;
    } catch (error) {
      this.#isTorn ||= written > 0;
      throw cannotWrite(this.path, error);
    }
  }

  /** Bytes in the file. */
  get size(): number {
    return fstatSync(this.#open).size;
  }

  /** Opens the file anew if its name no longer leads to it: somebody moved or removed it or its folder. */
  followName(): void {
    const here = fstatSync(this.#open);
    const named = statSync(this.path, { throwIfNoEntry: false });
    if (named !== undefined && named.ino === here.ino && named.dev === here.dev) return;
    const fd = openForAppend(this.path);
    closeSync(this.#open);
    this.#fd = fd;
    this.#isTorn = false;
  }

  /** Closes the file; nothing may be appended afterwards. Closing twice is closing once. */
  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  get #open(): number {
    if (this.#fd === undefined) throw new Error(`${this.path} is closed`);
    return this.#fd;
  }
}

/**
 * Makes a folder and those above it, each for its owner and group.
 *
 * Level by level, since mkdir with `recursive` never returns where a folder exists and yet nothing can be made in it
 * for ENOENT, as in /proc (Node 20 to 24, 2026-11).
 */
export function makeFolder(path: string): void {
  if (isFolder(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: FOLDER_MODE });
  } catch (error) {
    if (!isFolder(path)) throw error; // else somebody was quicker
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // what it is instead is told by the attempt to make it
  }
}

function openForAppend(path: string): number {
  try {
    makeFolder(dirname(path));
    return openSync(path, 'a', FILE_MODE);
  } catch (error) {
    throw cannotCreate(path, error);
  }
}
