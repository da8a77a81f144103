// What root leaves behind in folders of another user: the user that cron runs the cycles as could neither write on the
// day's log nor read the batch files of a cycle that root ran by hand, and would do nothing any more.

import { lchownSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Gives what root made below `folders` to the owner of each; does nothing for anybody but root, or in root's own folders. */
export function leaveToOwner(folders: readonly string[]): void {
  if (process.getuid?.() !== 0) return;
  for (const folder of folders) {
    tolerant(() => {
      const { uid, gid } = lstatSync(folder);
      if (uid !== 0) giveAway(folder, uid, gid);
    });
  }
}

function giveAway(folder: string, uid: number, gid: number): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    tolerant(() => {
      if (lstatSync(path).uid === 0) lchownSync(path, uid, gid);
      if (entry.isDirectory()) giveAway(path, uid, gid);
    });
  }
}

// A file may be gone meanwhile, and on some file systems root may give nothing away: then it is as it was.
function tolerant(act: () => void): void {
  try {
    act();
  } catch {
    return;
  }
}
