// What this server is called where nobody gave it a name.

import { hostname } from 'node:os';

/** The host's name as SERVER_ID may be: a host may be called anything, and this goes into file names. */
export function nameOfThisHost(): string {
  const name = hostname()
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '');
  return name.slice(0, 64) || 'server';
}
