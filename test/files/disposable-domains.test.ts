import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { loadDisposableDomains } from '../../src/files/disposable-domains.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();

function write(name: string, text: string): string {
  const path = join(folder(), name);
  writeFileSync(path, text);
  return path;
}

describe('loadDisposableDomains', () => {
  it('reads a domain a line, without comments and blanks', async () => {
    const path = write('list.txt', '# the list\na.example\r\n\n  b.example  # why\n');

    expect([...(await loadDisposableDomains(path))]).toEqual(['a.example', 'b.example']);
  });

  it('adds and removes what the operator says', async () => {
    const path = write('list.txt', 'a.example\nb.example\n');
    const overrides = write('overrides.txt', '-A.example\nMüll.example\n# -b.example\n');

    expect([...(await loadDisposableDomains(path, overrides))]).toEqual(['b.example', 'xn--mll-hoa.example']);
  });

  it('needs no file of the operator', async () => {
    const path = write('list.txt', 'a.example\n');

    expect((await loadDisposableDomains(path, join(folder(), 'missing.txt'))).size).toBe(1);
  });

  it('names the line that is no domain', async () => {
    const path = write('list.txt', 'a.example\n');
    const overrides = write('overrides.txt', 'b.example\njohn@c.example\n');

    await expect(loadDisposableDomains(path, overrides)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('overrides.txt, line 2: "john@c.example" is no domain'),
    });
  });

  it('says how the list is made when it is missing', async () => {
    await expect(loadDisposableDomains(join(folder(), 'list.txt'))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('npm run build'),
    });
  });
});
