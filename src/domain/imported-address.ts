// Decides whether a cell of an imported table is an address that may go into the database, and in which form. Pure.

import { parseAddress } from './address.ts';
import { withoutGuard } from './spreadsheet-cell.ts';

/** What the column of the addresses holds without loss. */
export interface ColumnLimits {
  /** Characters. */
  readonly maxLength: number;
  readonly maxCodePoint: number;
}

export interface TakenAddress {
  /** As it is kept: as given, without what stands round it. */
  readonly email: string;
  readonly account: string;
  readonly domain: string;
}

/** As wide as the CRM's columns for the two halves. */
const MAX_HALF = 100;
// Blanks of all kinds, and what is not seen at all: spreadsheets and web pages leave them at the ends.
const AROUND = /^[\s\u200B-\u200D\u2060\uFEFF]+|[\s\u200B-\u200D\u2060\uFEFF]+$/g;

/** Gives the address in the cell, or the problem for which it is left out. */
export function takeAddress(cell: string, limits: ColumnLimits): TakenAddress | { readonly problem: string } {
  const email = withoutGuard(cell.replace(AROUND, ''));
  if (email === '') return { problem: 'no address' };
  const address = parseAddress(email);
  if ('problem' in address) return address;
  const characters = [...email];
  if (characters.length > limits.maxLength)
    return { problem: `longer than the ${limits.maxLength} characters that the database holds` };
  if (characters.some((character) => character.codePointAt(0)! > limits.maxCodePoint))
    return { problem: 'a character that the database does not hold' };
  return { email, account: address.local.slice(0, MAX_HALF), domain: address.domain.slice(0, MAX_HALF) };
}
