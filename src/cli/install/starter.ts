// What is to be started each minute, and how its words are written where a shell or systemd reads them.

import { OperationalError } from '../../platform/operational-error.ts';

/** A call of this program as cron or systemd makes it. */
export interface Starter {
  /** Where .env, logs and storage are. */
  readonly folder: string;
  /** The Node that runs it: cron's PATH is short, and knows none that nvm brought. */
  readonly node: string;
  readonly program: string;
  /** `run --shadow …`; empty for the plain call. */
  readonly args: readonly string[];
  /** Seconds behind the full minute, so that servers do not all look at the same moment. */
  readonly offsetSeconds: number;
}

/** A word for sh(1). */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A word for ExecStart= and the like (systemd.syntax(7)); `%` and `$` stand for themselves. */
export function unitWord(text: string): string {
  const plain = text.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@%+=:,./$-]+$/.test(plain) ? plain : `"${plain.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** Throws USAGE for a path that no line can hold. */
export function requireOneLine(paths: readonly string[]): void {
  const odd = paths.find((path) => /\p{Cc}/u.test(path));
  if (odd === undefined) return;
  throw new OperationalError(
    'USAGE',
    `install: the path ${JSON.stringify(odd)} has a control character in it`,
  );
}
