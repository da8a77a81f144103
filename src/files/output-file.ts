// A file that is there as a whole or not at all: written beside its place under another name, and put there at the end. For
// its owner and group alone, since it holds addresses.

import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { cannotCreate, cannotWrite } from './file-errors.ts';

const BUFFERED = 64 * 1024;

export class OutputFile implements AsyncDisposable {
  readonly path: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  #waiting: string[] = [];
  #size = 0;
  #isOver = false;

  private constructor(path: string, temporary: string, handle: FileHandle) {
    this.path = path;
    this.#temporary = temporary;
    this.#handle = handle;
  }

  /** Begins the file; throws FILE_NOT_CREATED. */
  static async begin(path: string): Promise<OutputFile> {
    const temporary = `${path}.${process.pid}.tmp`;
    try {
      return new OutputFile(path, temporary, await open(temporary, 'w', 0o640));
    } catch (cause) {
      throw cannotCreate(path, cause);
    }
  }

  /** Adds a line; resolves when there is room for more. */
  async writeLine(line: string): Promise<void> {
    this.#waiting.push(line, '\n');
    this.#size += line.length + 1;
    if (this.#size >= BUFFERED) await this.#flush();
  }

  /** Puts the file in its place, over what may be there. */
  async commit(): Promise<void> {
    await this.#flush();
    try {
      await this.#handle.sync();
      await this.#handle.close();
      this.#isOver = true;
      await rename(this.#temporary, this.path);
    } catch (cause) {
      throw cannotWrite(this.path, cause);
    }
  }

  /** Leaves nothing of a file that was not put in its place. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#handle.close();
    await rm(this.#temporary, { force: true });
  }

  async #flush(): Promise<void> {
    const text = this.#waiting.join('');
    this.#waiting = [];
    this.#size = 0;
    try {
      await this.#handle.writeFile(text);
    } catch (cause) {
      throw cannotWrite(this.path, cause);
    }
  }
}
