// Brings a list into the CRM's tables, a piece and a transaction at a time. Until the last piece is in, the list stands in
// svc_import, and nothing of it is claimed (pauses.ts). How far it has come is written in the transaction that brings
// the rows: an import that was cut off goes on behind its last piece, and of two that bring the same list one gives up.

import { createHash } from 'node:crypto';
import { OperationalError } from '../platform/operational-error.ts';
import { type Driver, type Session, piecesByWeight } from './driver.ts';

export interface ImportRequest {
  readonly userId: number;
  readonly listName: string;
  readonly fileName: string;
  /** Who imports it: `ann@web1`. */
  readonly by: string;
}

/** An address as it is imported. */
export interface ImportedAddress {
  readonly email: string;
  /** Its two halves, for the CRM's columns. */
  readonly account: string;
  readonly domain: string;
}

/** How far an import has come. */
export interface ImportState {
  /** Addresses that are in the table. */
  readonly entries: number;
  /** A digest of these addresses, in their order. */
  readonly digest: string;
}

/** An import that is under way, or was cut off. */
export interface UnfinishedImport extends ImportState {
  readonly listId: number;
  readonly userId: number;
  readonly listName: string;
  /** Seconds since 1970, like `advancedAt`. */
  readonly begunAt: number;
  readonly advancedAt: number;
  readonly by: string;
}

/** What the column of the addresses can hold. */
export interface AddressLimits {
  /** Characters. */
  readonly maxLength: number;
  /** Up to which code point characters are kept as they are. */
  readonly maxCodePoint: number;
}

/** The list as an import leaves it: rejects count as addresses that nobody will ever mail. */
export interface ImportedPiece {
  readonly addresses: readonly ImportedAddress[];
  /** Where the import stood before, and where it stands with this piece. */
  readonly from: ImportState;
  readonly to: ImportState;
  /** Rejected so far. */
  readonly rejected: number;
}

export const NOTHING_IMPORTED: ImportState = { entries: 0, digest: '' };

const COLUMNS = `(raw_emailid, sp_account, sp_domain, domain_verified, domain_status, domain_processed, validation_status,
  csv_list_id, user_id)`;

/** The import of this list that was begun and not finished; or the list of this name that the user has already. */
export async function findImport(
  driver: Driver,
  { userId, listName }: Pick<ImportRequest, 'userId' | 'listName'>,
): Promise<{ readonly unfinished?: UnfinishedImport; readonly listId?: number }> {
  const [unfinished] = await readImports(driver, keyOf(userId, listName));
  if (unfinished !== undefined) return { unfinished };
  const [list] = await driver.query<{ id: number }>(
    `SELECT id FROM csv_list WHERE status IN ('pending', 'running', 'completed') AND user_id = ? AND list_name = ?
     ORDER BY id DESC LIMIT 1`,
    [userId, listName],
  );
  return list === undefined ? {} : { listId: list.id };
}

/** Imports that are under way, or were cut off; all of them, or that of a key. */
export async function readImports(driver: Driver, key?: string): Promise<readonly UnfinishedImport[]> {
  const rows = await driver.query<{
    list_id: number;
    user_id: number;
    list_name: string;
    entries: number;
    digest: string;
    begun_at: number;
    advanced_at: number;
    imported_by: string;
  }>(
    `SELECT list_id, user_id, list_name, entries, digest, begun_at, advanced_at, imported_by FROM svc_import
     ${key === undefined ? '' : 'WHERE import_key = ?'} ORDER BY begun_at, list_id`,
    key === undefined ? [] : [key],
  );
  return rows.map((row) => ({
    listId: row.list_id,
    userId: row.user_id,
    listName: row.list_name,
    entries: row.entries,
    digest: row.digest,
    begunAt: row.begun_at,
    advancedAt: row.advanced_at,
    by: row.imported_by,
  }));
}

/** Writes a piece; the first makes the list. Gives the list's id. IMPORT_OVERTAKEN when another process was there first. */
export async function importPiece(
  driver: Driver,
  request: ImportRequest,
  piece: ImportedPiece,
): Promise<number> {
  const { dialect } = driver;
  const key = keyOf(request.userId, request.listName);
  return driver.transaction(async (session) => {
    const [known] = await session.query<{ list_id: number; entries: number; digest: string }>(
      `SELECT list_id, entries, digest FROM svc_import WHERE import_key = ?${dialect.forUpdate}`,
      [key],
    );
    // A connection that was lost at COMMIT does not tell whether it was heard: then this very piece is in.
    if (known !== undefined && isAt(known, piece.to)) return known.list_id;
    if (!isAt(known ?? NOTHING_IMPORTED, piece.from)) throw overtaken(request);
    const listId = known?.list_id ?? (await makeList(driver, session, request, key));
    await insertRows(session, listId, request.userId, piece.addresses);
    await session.execute('UPDATE csv_list SET total_emails = ?, invalid_count = ? WHERE id = ?', [
      piece.to.entries + piece.rejected,
      piece.rejected,
      listId,
    ]);
    await session.execute(
      `UPDATE svc_import SET entries = ?, digest = ?, advanced_at = ${dialect.now}, imported_by = ? WHERE import_key = ?`,
      [piece.to.entries, piece.to.digest, request.by, key],
    );
    return listId;
  });
}

/** Lets the list be claimed. */
export async function finishImport(
  driver: Driver,
  request: ImportRequest,
  { entries, digest }: ImportState,
  rejected: number,
): Promise<void> {
  const key = keyOf(request.userId, request.listName);
  await driver.transaction(async (session) => {
    const [known] = await session.query<{ list_id: number; entries: number; digest: string }>(
      `SELECT list_id, entries, digest FROM svc_import WHERE import_key = ?${driver.dialect.forUpdate}`,
      [key],
    );
    if (known === undefined) return; // this very statement, whose answer was lost
    if (!isAt(known, { entries, digest })) throw overtaken(request);
    await session.execute('UPDATE csv_list SET total_emails = ?, invalid_count = ? WHERE id = ?', [
      entries + rejected,
      rejected,
      known.list_id,
    ]);
    await session.execute('DELETE FROM svc_import WHERE import_key = ?', [key]);
  });
}

/** What fits the column of the addresses: a database that is not strict would cut what is too long. */
export async function readAddressLimits(driver: Driver): Promise<AddressLimits> {
  if (driver.dialect.type === 'sqlite') return { maxLength: Infinity, maxCodePoint: 0x10ffff };
  const [column] = await driver.query<{ max_length: number; charset: string | null }>(
    `SELECT CHARACTER_MAXIMUM_LENGTH AS max_length, CHARACTER_SET_NAME AS charset FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'emails' AND COLUMN_NAME = 'raw_emailid'`,
  );
  const charset = column?.charset ?? '';
  return {
    maxLength: column?.max_length ?? 0,
    maxCodePoint: charset === 'utf8mb4' ? 0x10ffff : /^utf8(?:mb3)?$/.test(charset) ? 0xffff : 0x7f,
  };
}

async function makeList(
  { dialect }: Driver,
  session: Session,
  { userId, listName, fileName, by }: ImportRequest,
  key: string,
): Promise<number> {
  await session.execute(
    "INSERT INTO csv_list (user_id, list_name, file_name, total_emails, status) VALUES (?, ?, ?, 0, 'pending')",
    [userId, listName, fileName],
  );
  const [made] = await session.query<{ id: number }>(`SELECT ${dialect.lastInsertId} AS id`);
  const listId = made!.id;
  // The key is taken by whoever comes first; the other's list is rolled back with its transaction.
  const taken = await session.execute(
    `${dialect.insertIgnore} svc_import (import_key, list_id, user_id, list_name, entries, digest, begun_at, advanced_at, imported_by)
     VALUES (?, ?, ?, ?, 0, '', ${dialect.now}, ${dialect.now}, ?)`,
    [key, listId, userId, listName, by],
  );
  if (taken === 0) throw overtaken({ userId, listName });
  return listId;
}

async function insertRows(
  session: Session,
  listId: number,
  userId: number,
  addresses: readonly ImportedAddress[],
): Promise<void> {
  for (const some of piecesByWeight(addresses, ({ email }) => 2 * email.length + 60)) {
    await session.execute(
      `INSERT INTO emails ${COLUMNS} VALUES ${some.map(() => "(?, ?, ?, 0, 0, 0, 'pending', ?, ?)").join(', ')}`,
      some.flatMap(({ email, account, domain }) => [email, account, domain, listId, userId]),
    );
  }
}

function isAt(found: { readonly entries: number; readonly digest: string }, wanted: ImportState): boolean {
  return found.entries === wanted.entries && found.digest === wanted.digest;
}

function overtaken({ userId, listName }: Pick<ImportRequest, 'userId' | 'listName'>): OperationalError {
  return new OperationalError(
    'IMPORT_OVERTAKEN',
    `another process is importing a list ${JSON.stringify(listName)} for user ${userId} and is ahead; this one has stopped, and nothing is twice in the table`,
  );
}

function keyOf(userId: number, listName: string): string {
  return createHash('sha256').update(`${userId}\0${listName}`).digest('hex');
}
