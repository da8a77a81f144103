// Finds the column with the addresses, and whether the first row is a header, from the first rows of a table. Pure. A wish
// of the operator's counts; without one, a header that says "email" does, and then what stands in the cells.

import { parseAddress } from './address.ts';

/** What a table has where. */
export interface PickedColumn {
  readonly index: number;
  readonly hasHeader: boolean;
  /** The names of the columns, `column 1`, … where there is no header. */
  readonly names: readonly string[];
}

export interface ColumnProblem {
  readonly problem: string;
}

/** Names of the column in the languages that are met most, as they are compared: small letters and digits only. */
const NAMES = new Set([
  'email',
  'emails',
  'emailaddress',
  'emailid',
  'rawemailid',
  'mail',
  'mailaddress',
  'emailadresse',
  'mailadresse',
  'adresseemail',
  'adressemail',
  'adresseelectronique',
  'courriel',
  'correo',
  'correoelectronico',
  'indirizzoemail',
  'eposta',
  'epost',
  'emailadres',
  'workemail',
  'businessemail',
  'primaryemail',
  'contactemail',
  'email1',
]);

/** `wish`: a name in the header, or a number from 1. Rows have at least one cell each. */
export function pickColumn(
  rows: readonly (readonly string[])[],
  wish: string | undefined,
): PickedColumn | ColumnProblem {
  const [first = []] = rows;
  const width = Math.max(...rows.map((row) => row.length), 0);
  if (width === 0) return { problem: 'there is nothing in it' };
  // A header names things: an address in the first row is none of them.
  const hasHeader = !first.some((cell) => isAddress(cell)) && first.some((cell) => cell.trim() !== '');
  const names = Array.from(
    { length: width },
    (_, index) => (hasHeader && first[index]?.trim()) || `column ${index + 1}`,
  );
  const body = hasHeader ? rows.slice(1) : rows;
  const index = wish === undefined ? guess(names, body) : wished(wish, names, hasHeader);
  if (typeof index === 'object') return index;
  // One word above addresses is their header; one word alone, or above others, is a row that is wrong.
  const isHeader =
    hasHeader && (width > 1 || NAMES.has(plain(names[0]!)) || body.some((row) => isAddress(row[0] ?? '')));
  return { index, hasHeader: isHeader, names };
}

function wished(wish: string, names: readonly string[], hasHeader: boolean): number | ColumnProblem {
  const index = hasHeader ? names.findIndex((name) => name.toLowerCase() === wish.trim().toLowerCase()) : -1;
  if (index >= 0) return index;
  const number = /^\d{1,4}$/.test(wish) ? Number(wish) : 0;
  if (number >= 1 && number <= names.length) return number - 1;
  return { problem: `it has no column ${JSON.stringify(wish)}; ${listed(names)}` };
}

function guess(names: readonly string[], body: readonly (readonly string[])[]): number | ColumnProblem {
  const shares = names.map((_, index) => body.filter((row) => isAddress(row[index] ?? '')).length);
  const named = names.flatMap((name, index) => (NAMES.has(plain(name)) ? [index] : []));
  const most = Math.max(...shares);
  const [byName] = named.toSorted((a, b) => shares[b]! - shares[a]! || a - b);
  if (byName !== undefined && (shares[byName]! > 0 || most === 0)) return byName;
  const best = shares.flatMap((share, index) => (share === most ? [index] : []));
  if (names.length === 1) return 0;
  if (most === 0)
    return { problem: `no column of it holds addresses; ${listed(names)}; name one with --column` };
  if (best.length > 1) {
    const which = best.map((index) => names[index]).join(' and ');
    return { problem: `${which} hold addresses alike; name one with --column` };
  }
  return best[0]!;
}

function listed(names: readonly string[]): string {
  return `it has ${names.map((name, index) => `${index + 1} ${JSON.stringify(name)}`).join(', ')}`;
}

function isAddress(cell: string): boolean {
  return !('problem' in parseAddress(cell));
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/[^a-z0-9]/g, '');
}
