// What root leaves behind in folders of another user: the user that cron runs the cycles as could neither write on the
// day's log nor read the batch files of a cycle that root ran by hand, and would do nothing any more.
// That user may put anything there meanwhile. So nothing is gone by its name: a file is opened, without following a link,
// and what is looked at and given away is what was opened.

import { closeSync, constants, fchownSync, fstatSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Nothing is written; a pipe does not keep us waiting for whoever is at its other end. */
const TO_LOOK_AT = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Gives what root made below `folders` to the owner of each; does nothing for anybody but root, or in root's own folders. Not to be
 * called while this process has an embedded database open there: to close a file that was looked at ends its locks (fcntl(2)).
 */
export function leaveToOwner(folders: readonly string[]): void {
  if (process.getuid?.() !== 0) return;
  for (const folder of folders) {
    withOpen(folder, (opened) => {
      const { uid, gid } = fstatSync(opened);
      if (uid !== 0) giveAway(opened, uid, gid);
    });
  }
}

function giveAway(folder: number, uid: number, gid: number): void {
  const here = `/proc/self/fd/${folder}`;
  for (const name of readdirSync(here)) {
    withOpen(join(here, name), (opened) => {
      const entry = fstatSync(opened);
      // A file of several names may be at home elsewhere.
      if (entry.uid === 0 && (entry.isDirectory() || entry.nlink === 1)) fchownSync(opened, uid, gid);
      if (entry.isDirectory()) giveAway(opened, uid, gid);
    });
  }
}

// It may be a link, or gone meanwhile, and on some file systems root may give nothing away: then it is as it was.
function withOpen(path: string, act: (opened: number) => void): void {
  let opened: number | undefined;
  try {
    opened = openSync(path, TO_LOOK_AT);
    act(opened);
  } catch {
    return;
  } finally {
    if (opened !== undefined) closeSync(opened);
  }
}
