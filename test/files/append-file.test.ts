import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { AppendFile } from '../../src/files/append-file.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();

describe('AppendFile', () => {
  it('makes folders and file, readable by the owner and the group alone', () => {
    const file = new AppendFile(join(folder(), 'a/b/c.log'));

    expect(statSync(file.path).mode & 0o777 & 0o007).toBe(0);
    expect(statSync(join(folder(), 'a')).mode & 0o007).toBe(0);
    file.close();
  });

  it('keeps what others append to the same file', () => {
    const path = join(folder(), 'shared.log');
    const [one, other] = [new AppendFile(path), new AppendFile(path)];

    for (const file of [one, other, one]) file.append('line\n');

    expect(readFileSync(path, 'utf8')).toBe('line\nline\nline\n');
    one.close();
    other.close();
  });

  it('is made again when its folder was removed', () => {
    const file = new AppendFile(join(folder(), 'logs/a.log'));
    file.append('lost\n');
    rmSync(join(folder(), 'logs'), { recursive: true });

    file.followName();
    file.append('kept\n');

    expect(readFileSync(file.path, 'utf8')).toBe('kept\n');
    file.close();
  });

  it.runIf(existsSync('/dev/full'))('says that the disk is full, and what to do', () => {
    const file = new AppendFile('/dev/full');

    expect(() => file.append('line\n')).toThrow(
      expect.objectContaining({
        code: 'FILE_NOT_WRITTEN',
        message: 'cannot write /dev/full: no space left on the device; free some (ENOSPC)',
      }),
    );
    file.close();
  });
});
