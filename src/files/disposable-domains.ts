// The domains of throw-away mailboxes: the list that comes with the program, with what an operator adds to it
// or takes off. Only reads; whether an address is disposable is domain/pre-check's to say.

import { readFile } from 'node:fs/promises';

import { toAsciiDomain } from '../domain/address.ts';
import { OperationalError } from '../platform/operational-error.ts';
import { errnoOf } from './file-errors.ts';

/**
 * Gives the domains in `path`, one a line in lower case, `#` for comments; changed by the lines of
 * `overridesPath` where there is such a file: `example.com` adds, `-example.com` removes.
 *
 * Throws CONFIG_INVALID when the list cannot be read or an override is no domain name.
 */
export async function loadDisposableDomains(
  path: string,
  overridesPath?: string,
): Promise<ReadonlySet<string>> {
  const list = await readList(path);
  if (list === undefined) {
    throw new OperationalError('CONFIG_INVALID', `${path} is missing; it is made by "npm run build"`, {
      fields: { path },
    });
  }
  const domains = new Set(linesOf(list).map(({ text }) => text));
  const overrides = overridesPath === undefined ? undefined : await readList(overridesPath);
  for (const { text, line } of linesOf(overrides ?? '')) {
    const isRemoval = text.startsWith('-');
    const domain = toAsciiDomain((isRemoval ? text.slice(1) : text).trim().toLowerCase());
    if (typeof domain !== 'string') {
      const message = `${overridesPath}, line ${line}: ${JSON.stringify(text)} is no domain (${domain.problem}); expected example.com or -example.com`;
      throw new OperationalError('CONFIG_INVALID', message, { fields: { path: overridesPath, line } });
    }
    if (isRemoval) domains.delete(domain);
    else domains.add(domain);
  }
  return domains;
}

async function readList(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return undefined;
    throw new OperationalError('CONFIG_INVALID', `${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function linesOf(list: string): { readonly text: string; readonly line: number }[] {
  return list
    .split('\n')
    .map((text, index) => ({ text: text.replace(/#.*/, '').trim(), line: index + 1 }))
    .filter(({ text }) => text !== '');
}
