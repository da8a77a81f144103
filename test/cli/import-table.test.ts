// What stands in the column of the addresses, entry after entry: nothing of a file vanishes on the way.

import { describe, expect, it } from 'vitest';
import { type Candidate, openTable } from '../../src/cli/import-table.ts';

const FOUND_OUT = { format: undefined, delimiter: undefined, column: undefined };

async function candidatesIn(text: string): Promise<readonly Candidate[]> {
  const input = (async function* () {
    yield Buffer.from(text);
  })();
  const { candidates } = await openTable(input, 'file', FOUND_OUT);
  const all: Candidate[] = [];
  for await (const some of candidates) all.push(...some);
  return all;
}

describe('openTable', () => {
  it('gives every JSON object, also one whose address is no text or whose keys are all others', async () => {
    const lines = ['{"email":"a@x.test"}', '{"email":["b@x.test"]}', '{"mail":"c@x.test"}', '{}'];

    expect(await candidatesIn(lines.join('\n'))).toEqual([
      { line: 1, cell: 'a@x.test' },
      { line: 2, cell: '' },
      { line: 3, cell: '' },
      { line: 4, cell: '' },
    ]);
  });

  it('passes over the rows of blanks that spreadsheets leave behind', async () => {
    expect(await candidatesIn('name,email\nann,a@x.test\nbob,\n,\n , \n')).toEqual([
      { line: 2, cell: 'a@x.test' },
      { line: 3, cell: '' },
    ]);
  });
});
