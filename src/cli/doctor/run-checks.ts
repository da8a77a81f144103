// Makes all checks at once, each within its time. One that cannot be made is a warning that says why.

import { type Check, type Ground, CannotCheck, type Theme } from './check.ts';
import { type Remark, warning } from './remark.ts';

/** Enough for a name server that has to be asked twice about each of some names. */
export const CHECK_MS = 20_000;

export interface Examined {
  readonly theme: Theme;
  readonly remarks: readonly Remark[];
  /** True when it took too long: something of it is still going on. */
  readonly isAbandoned: boolean;
}

/** Gives the remarks of each check, in the order of the checks. Rejects with what a check throws as a bug. */
export function runChecks(checks: readonly Check[], ground: Ground): Promise<readonly Examined[]> {
  return Promise.all(checks.map((check) => runCheck(check, ground)));
}

async function runCheck({ theme, about, run, limitMs = CHECK_MS }: Check, ground: Ground): Promise<Examined> {
  let isAbandoned = false;
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      isAbandoned = true;
      reject(new CannotCheck(`no answer within ${limitMs / 1000} s`));
    }, limitMs);
  });
  try {
    return { theme, remarks: await Promise.race([run(ground), overdue]), isAbandoned };
  } catch (error) {
    if (!(error instanceof CannotCheck)) throw error;
    return { theme, remarks: [notChecked(about, error.message)], isAbandoned };
  } finally {
    clearTimeout(timer);
  }
}

function notChecked(about: string, why: string): Remark {
  return warning(about, `not checked: ${why}`, 'See to that first, then run the doctor again.');
}
