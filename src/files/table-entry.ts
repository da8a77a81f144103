// An entry of a table that is read: a record of CSV, a JSON object, a line.

export type TableEntry =
  | {
      /** Of the file, from 1: where the entry begins. */
      readonly line: number;
      readonly cells: readonly string[];
    }
  | {
      readonly line: number;
      /** Why it could not be read. */
      readonly problem: string;
      /** Its beginning. */
      readonly text: string;
    };

/** Characters that an entry may have: no contact has more, and a quote that is never closed would make one of a whole file. */
export const MAX_ENTRY = 64 * 1024;

/** How much of an entry that cannot be read is kept. */
export const KEPT_TEXT = 300;
