import { chownSync, lchownSync, linkSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
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

    expect(owners()).toEqual([SOMEBODY, ANOTHER, SOMEBODY, SOMEBODY, 0]);
    expect(lstatSync('/etc/hostname').uid).toBe(0);
  });

  it.runIf(ME === 0)(
    'gives away nothing that the user linked to from there, nor what a folder that is a link points to',
    () => {
      const [secret, logs] = [join(folder(), 'secret'), join(folder(), 'logs')];
      makeFiles();
      writeFileSync(secret, '');
      mkdirSync(logs);
      linkSync(secret, join(logs, 'linked'));
      chownSync(logs, SOMEBODY, SOMEBODY);
      symlinkSync(join(folder(), 'batches'), join(folder(), 'storage'));
      lchownSync(join(folder(), 'storage'), SOMEBODY, SOMEBODY);

      leaveToOwner([logs, join(folder(), 'storage')]);

      expect(lstatSync(secret).uid).toBe(0);
      expect(owners()).toEqual([0, 0, 0, 0, 0]);
    },
  );

  it('leaves everything as it is in one’s own folder', () => {
    makeFiles();

    leaveToOwner([folder()]);

    expect(owners()).toEqual([ME, ME, ME, ME, ME]);
  });
});
