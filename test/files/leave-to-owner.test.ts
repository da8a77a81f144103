import { chownSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { leaveToOwner } from '../../src/files/leave-to-owner.ts';
import { temporaryFolder } from './temporary-folder.ts';

const [SOMEBODY, ANOTHER, ME] = [4_711, 4_712, process.getuid!()];
const folder = temporaryFolder();

const makeFiles = () => {
  mkdirSync(join(folder(), 'batches/cycle'), { recursive: true });
  for (const name of ['cron.log', 'batches/cycle/worker_1.json']) writeFileSync(join(folder(), name), '');
  symlinkSync('/etc/hostname', join(folder(), 'link'));
};
const owners = () =>
  ['cron.log', 'batches', 'batches/cycle', 'batches/cycle/worker_1.json', 'link'].map(
    (name) => lstatSync(join(folder(), name)).uid,
  );

describe('leaveToOwner', () => {
  it.runIf(ME === 0)('gives what root made in a user’s folder to that user, and nothing outside it', () => {
    makeFiles();
    chownSync(folder(), SOMEBODY, SOMEBODY);
    chownSync(join(folder(), 'batches'), ANOTHER, ANOTHER);

    leaveToOwner([folder(), join(folder(), 'none')]);

    expect(owners()).toEqual([SOMEBODY, ANOTHER, SOMEBODY, SOMEBODY, SOMEBODY]);
    expect(lstatSync('/etc/hostname').uid).toBe(0);
  });

  it('leaves everything as it is in one’s own folder', () => {
    makeFiles();

    leaveToOwner([folder()]);

    expect(owners()).toEqual([ME, ME, ME, ME, ME]);
  });
});
