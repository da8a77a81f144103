// The command `import`: a file of addresses becomes a list. Reading is import-table.ts, sorting import-intake.ts, writing
// store/import-rows.ts; here they are put together: pieces in order, what an import that was cut off has already, the end told.

import { createHash } from 'node:crypto';
import { accessSync, constants, createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename, dirname } from 'node:path';
import { cleanLine } from '../domain/clean-text.ts';
import { errnoOf } from '../files/file-errors.ts';
import { loadConfig } from '../platform/config.ts';
import { EXIT, OperationalError } from '../platform/operational-error.ts';
import { listenForShutdown } from '../platform/shutdown.ts';
import {
  type ImportRequest,
  type ImportState,
  type ImportedAddress,
  NOTHING_IMPORTED,
} from '../store/import-rows.ts';
import type { Store } from '../store/store.ts';
import { Intake } from './import-intake.ts';
import { openImportProgress } from './import-progress.ts';
import { tellImport, type ImportReport } from './import-report.ts';
import { openTable, type Table, type TableWishes } from './import-table.ts';
import { openPreparedStore } from './open-configured-store.ts';
import { say } from './output.ts';

export interface ImportOptions extends TableWishes {
  /** `-` for stdin. */
  readonly file: string;
  readonly userId: number | undefined;
  readonly name: string | undefined;
  readonly leftOut: string | undefined;
  readonly isDryRun: boolean;
  readonly isJson: boolean;
}

/** Rows of one transaction: as many as are written in a fraction of a second. */
const PIECE_ROWS = 2_000;
/** As wide as the CRM's columns for the names of a list and its file. */
const MAX_NAME = 255;
const READ_BYTES = 256 * 1024;
const EXAMPLES = 5;
/** What the CRM's column holds by its schema, for a dry run, which asks no database. */
const USUAL_LIMITS = { maxLength: 150, maxCodePoint: 0x10ffff };

/** Imports the file; exits 1 when there was no address in it or the list is there already, 130 or 143 after a signal. */
export async function importCommand(options: ImportOptions): Promise<number> {
  const { file, isDryRun } = options;
  if (options.userId === undefined && !isDryRun)
    throw usage('no user given; expected --user N, the owner of the list');
  if (file === '-' && options.name === undefined && !isDryRun) {
    throw usage(
      'the list from stdin has no name; expected --name, by which it goes on after an interruption',
    );
  }
  const source = await openSource(file);
  const fileName = file === '-' ? 'stdin' : basename(file);
  const listName = cleanLine(options.name ?? fileName, MAX_NAME);
  if (isDryRun) return await tryOut(options, source, listName);

  const config = loadConfig({ cwd: process.cwd() });
  await using store = await openPreparedStore(config);
  const request: ImportRequest = {
    userId: options.userId!,
    listName,
    fileName: cleanLine(fileName, MAX_NAME),
    by: cleanLine(`${userInfo().username}@${config.serverId}`, MAX_NAME),
  };
  const { unfinished, listId } = await store.findImport(request);
  if (listId !== undefined) {
    say(
      `import: user ${request.userId} has a list ${JSON.stringify(listName)} already, list ${listId}; nothing was imported. To import it again give it another --name`,
    );
    return EXIT.incomplete;
  }
  if (unfinished !== undefined) {
    say(
      `The import of list ${unfinished.listId} was cut off behind ${unfinished.entries} addresses; it goes on there. They are read once more, and not imported twice.`,
    );
  }
  const leftOutPath =
    options.leftOut ?? `${file === '-' ? listName.replaceAll(/[^\w.-]+/g, '_') : file}.left-out.csv`;
  requirePlace(leftOutPath);
  await using intake = new Intake(await store.addressLimits(), leftOutPath);
  const table = await openTable(source.chunks, source.name, options);
  return await bringIn({
    options,
    store,
    request,
    table,
    intake,
    source,
    before: unfinished ?? NOTHING_IMPORTED,
  });
}

/** Before anything is imported: the file itself is made when the first address is left out. */
function requirePlace(leftOutPath: string): void {
  try {
    accessSync(dirname(leftOutPath), constants.W_OK);
  } catch (cause) {
    throw new OperationalError(
      'FILE_NOT_CREATED',
      `import: what is left out cannot be written to ${leftOutPath} (${errnoOf(cause)}); nothing was imported. --left-out names another file`,
      { cause },
    );
  }
}

interface Source {
  readonly name: string;
  readonly chunks: AsyncIterable<Buffer>;
  /** Undefined for a pipe. */
  readonly bytes: number | undefined;
  readonly bytesRead: () => number;
}

interface Bringing {
  readonly options: ImportOptions;
  readonly store: Store;
  readonly request: ImportRequest;
  readonly table: Table;
  readonly intake: Intake;
  readonly source: Source;
  /** What an import that was cut off has brought. */
  readonly before: ImportState;
}

async function bringIn({
  options,
  store,
  request,
  table,
  intake,
  source,
  before,
}: Bringing): Promise<number> {
  using shutdown = listenForShutdown();
  using progress = openImportProgress(process.stderr, source);
  const digest = createHash('sha256');
  let state: ImportState = NOTHING_IMPORTED;
  let listId: number | undefined;
  let piece: ImportedAddress[] = [];
  const advance = async (): Promise<void> => {
    const to = { entries: state.entries + piece.length, digest: digest.copy().digest('hex') };
    if (to.entries > before.entries) {
      listId = await store.importPiece(request, {
        addresses: piece,
        from: state,
        to,
        rejected: intake.rejected,
      });
    } else if (to.entries === before.entries && to.digest !== before.digest) {
      throw notTheSame(request, before);
    }
    state = to;
    piece = [];
    progress?.show({ rows: state.entries, isAgain: state.entries <= before.entries });
  };

  for await (const candidates of table.candidates) {
    for (const candidate of candidates) {
      const taken = await intake.take(candidate);
      if (taken === undefined) continue;
      digest.update(`${taken.email}\n`);
      piece.push(taken);
      if (piece.length >= PIECE_ROWS || state.entries + piece.length === before.entries) await advance();
    }
    const { aborted, reason } = shutdown.graceful;
    if (!aborted) continue;
    await advance();
    say(
      `import: ${String(reason)} received: ${state.entries} addresses are in; nothing of the list is claimed until it is whole. The same command goes on from there.`,
    );
    return shutdown.request()?.exitCode ?? EXIT.incomplete;
  }
  if (piece.length > 0) await advance();
  if (state.entries < before.entries) throw notTheSame(request, before);
  if (state.entries > 0) await store.finishImport(request, state, intake.rejected);
  const leftOut = await intake.finish();
  progress?.close();
  const report: ImportReport = {
    listId: listId ?? (await store.findImport(request)).listId,
    request,
    table,
    intake,
    leftOut,
    isDryRun: false,
    examples: [],
  };
  await tellImport(report, options.isJson);
  return state.entries > 0 ? EXIT.done : EXIT.incomplete;
}

/** Reads it all, tells what would be taken, and writes nothing. */
async function tryOut(options: ImportOptions, source: Source, listName: string): Promise<number> {
  await using intake = new Intake(USUAL_LIMITS, undefined);
  const table = await openTable(source.chunks, source.name, options);
  using progress = openImportProgress(process.stderr, source);
  const examples: string[] = [];
  for await (const candidates of table.candidates) {
    for (const candidate of candidates) {
      const taken = await intake.take(candidate);
      if (taken !== undefined && examples.length < EXAMPLES) examples.push(taken.email);
    }
    progress?.show({ rows: intake.taken, isAgain: false });
  }
  progress?.close();
  const request = { userId: options.userId, listName };
  await tellImport({ request, table, intake, examples, isDryRun: true }, options.isJson);
  return intake.taken > 0 ? EXIT.done : EXIT.incomplete;
}

async function openSource(file: string): Promise<Source> {
  let bytesRead = 0;
  const bytes = file === '-' ? undefined : await sizeOf(file);
  const input = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: READ_BYTES });
  const name = file === '-' ? 'stdin' : file;
  async function* chunks(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of input as AsyncIterable<Buffer>) {
        bytesRead += chunk.length;
        yield chunk;
      }
    } catch (cause) {
      throw unreadable(file, cause);
    }
  }
  return { name, chunks: chunks(), bytes, bytesRead: () => bytesRead };
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    const found = await stat(file);
    return found.isFile() ? found.size : undefined;
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function unreadable(file: string, cause: unknown): OperationalError {
  return new OperationalError(
    'USAGE',
    `import: cannot read ${JSON.stringify(file)}: ${(cause as Error).message}`,
    {
      cause,
    },
  );
}

function usage(problem: string): OperationalError {
  return new OperationalError('USAGE', `import: ${problem}`);
}

function notTheSame({ listName, userId }: ImportRequest, { entries }: ImportState): OperationalError {
  return usage(
    `list ${JSON.stringify(listName)} of user ${userId} was begun with other addresses than these: ${entries} of them are in, and nothing was added. ` +
      'Give the file that it was begun with, or another --name for this one',
  );
}
