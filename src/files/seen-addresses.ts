// Tells whether an address was seen before, among ten million and more: keeps 96 bits of a digest of each, in tables of
// numbers, some 17 bytes an address in all. Two addresses of the same 96 bits are less likely than a fault of the
// memory that they stand in (at ten million: 1 to 10^15).

import { hash } from 'node:crypto';

/** Tables by the digest's first byte: each grows by itself, so that never much is copied at once. */
const TABLES = 256;
const FIRST_PLACES = 64;
const FULLEST = 0.75;
const WORDS = 3;

export class SeenAddresses {
  readonly #tables = Array.from({ length: TABLES }, () => new Table(FIRST_PLACES));
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Takes note of an address; false when it was seen before. */
  add(address: string): boolean {
    const digest = hash('sha1', address, 'binary');
    const isNew = this.#tables[digest.charCodeAt(0)]!.add(
      wordAt(digest, 1),
      wordAt(digest, 5),
      wordAt(digest, 9),
    );
    if (isNew) this.#size++;
    return isNew;
  }
}

function wordAt(bytes: string, at: number): number {
  const low = bytes.charCodeAt(at) | (bytes.charCodeAt(at + 1) << 8) | (bytes.charCodeAt(at + 2) << 16);
  return (low | (bytes.charCodeAt(at + 3) << 24)) >>> 0;
}

/** Open addressing; three zeros stand for an empty place, so the first of them is never zero. */
class Table {
  #words: Uint32Array;
  #places: number;
  #size = 0;

  constructor(places: number) {
    this.#places = places;
    this.#words = new Uint32Array(places * WORDS);
  }

  add(first: number, second: number, third: number): boolean {
    const a = first === 0 ? 1 : first;
    if (!this.#put(a, second, third)) return false;
    if (++this.#size > this.#places * FULLEST) this.#grow();
    return true;
  }

  #put(a: number, b: number, c: number): boolean {
    const words = this.#words;
    for (let place = a % this.#places; ; place = (place + 1) % this.#places) {
      const at = place * WORDS;
      if (words[at] === 0) {
        words[at] = a;
        words[at + 1] = b;
        words[at + 2] = c;
        return true;
      }
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c) return false;
    }
  }

  #grow(): void {
    const before = this.#words;
    this.#places = Math.ceil(this.#places * 1.5);
    this.#words = new Uint32Array(this.#places * WORDS);
    for (let at = 0; at < before.length; at += WORDS) {
      if (before[at] !== 0) this.#put(before[at]!, before[at + 1]!, before[at + 2]!);
    }
  }
}
