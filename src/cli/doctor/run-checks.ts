// Makes all checks at once, each within its time. One that cannot be made is a warning that says why.

import { type Check, type Ground, CannotCheck, type Theme } from './check.ts';
import { type Remark, warning } from './remark.ts';

/** Enough for a name server that has to be asked twice about each of some names. */
export const CHECK_MS = 20_000;

export interface Examined {
  readonly theme: Theme;
  readonly remarks: readonly Remark[];
}

/** Gives the remarks of each check, in the order of the checks. Rejects with what a check throws as a bug. */
export function runChecks(checks: readonly Check[], ground: Ground): Promise<readonly Examined[]> {
  return Promise.all(
    checks.map(async (check) => ({ theme: check.theme, remarks: await runCheck(check, ground) })),
  );
}

async function runCheck(
  { about, run, limitMs = CHECK_MS }: Check,
  ground: Ground,
): Promise<readonly Remark[]> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CannotCheck(`no answer within ${limitMs / 1000} s`)), limitMs);
  });
  try {
    return await Promise.race([run(ground), overdue]);
  } catch (error) {
    if (!(error instanceof CannotCheck)) throw error;
    return [warning(about, `not checked: ${error.message}`, 'See to that first, then run the doctor again.')];
  } finally {
    clearTimeout(timer);
  }
}
