// Closes the batches of workers that have ended: one at a time, and each only when everything reported so far is in the
// database, since until then its journal is the only copy.

import type { WorkerRef } from '../pool/pool-contract.ts';

export interface BatchCloserParts {
  /** Resolves to whether everything reported so far reached the database. */
  readonly flush: () => Promise<boolean>;
  readonly closeBatch: (worker: WorkerRef) => Promise<void>;
  readonly failed: (cause: unknown) => void;
}

export class BatchCloser {
  readonly #parts: BatchCloserParts;
  #closing: Promise<void> = Promise.resolve();

  constructor(parts: BatchCloserParts) {
    this.#parts = parts;
  }

  /** Takes a worker over that reports nothing any more. */
  add(worker: WorkerRef): void {
    this.#closing = this.#closing.then(() => this.#close(worker));
  }

  /** Resolves when all that were added are closed, or left for the next cycle to replay. Never rejects. */
  done(): Promise<void> {
    return this.#closing;
  }

  async #close(worker: WorkerRef): Promise<void> {
    try {
      if (await this.#parts.flush()) await this.#parts.closeBatch(worker);
    } catch (cause) {
      this.#parts.failed(cause);
    }
  }
}
