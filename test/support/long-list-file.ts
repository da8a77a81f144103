// A file to import, as long as a bench wants it, and what each of its rows may cost.

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/** What a row of an import may add to its memory: 96 bits in a table that is half empty at worst, and its copy while it grows. */
export const IMPORT_BYTES_PER_ROW = 48;

/** Writes a CSV file of so many rows, each with an address of its own. */
export async function writeLongListFile(file: string, rows: number): Promise<void> {
  const out = createWriteStream(file);
  out.write('id,email,name\n');
  for (let id = 0; id < rows; id++) {
    const line = `${id},user${id}@domain${id % 2000}.example,"Name, ${id}"\n`;
    if (!out.write(line)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
}
