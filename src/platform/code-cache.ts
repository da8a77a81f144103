// Runs a bundled program with the code that V8 compiled for it in an earlier run: a cycle is started each minute,
// and compiling would be half of what an idle one costs. A cache is only ever a gain: one that is missing, stale,
// damaged, somebody else's or cannot be written costs its advantage and nothing more, and nobody is told.
//
// Invariant: V8 believes the code that it is given (it checks neither its bytes nor, beyond its length, the text
// that it was made from), so code is handed over only when it is whole, was made from this very build, and comes
// from somebody who could change the program anyway.

import {
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Script } from 'node:vm';

export interface CachedProgram {
  /** The bundle, in ASCII: a script whose value is the program, a function of what CommonJS gives a module. */
  readonly file: string;
  /** A digest of the bundle, made with it. */
  readonly digest: string;
  /** Where its code may be kept: the first folder that has it is read, the first that can be written is written. None is made. */
  readonly folders: readonly string[];
  readonly require: NodeJS.Require;
}

/** What a program may export to the one that runs it. */
interface ProgramExports {
  /** Asked when the process ends: true for a run of the kind that later ones are to be fast in. */
  readonly isWorthKeeping?: () => boolean;
}

type Program = (
  exports: ProgramExports,
  require: NodeJS.Require,
  module: { readonly exports: ProgramExports },
  file: string,
  folder: string,
) => void;

const HEADER_BYTES = 256; // a multiple of 8: V8 copies code that does not stand at such a place
const OTHERS_MAY_WRITE = 0o022;

/**
 * Where a program's code is kept: beside it; in the folder that systemd gives a service; and, where the user that cron
 * runs as may write neither, in the storage folder (as it is called before the settings are read).
 */
export function codeFolders(
  programFolder: string,
  cwd: string = process.cwd(),
  env: Readonly<Record<string, string | undefined>> = process.env,
): readonly string[] {
  const [ofService] = (env['CACHE_DIRECTORY'] ?? '').split(':'); // systemd.exec(5)
  return [programFolder, ...(ofService ? [ofService] : []), resolve(cwd, env['STORAGE_DIR'] || 'storage')];
}

/** Runs the program in this context. What it throws while it loads is thrown. */
export function runProgram({ file, digest, folders, require }: CachedProgram): void {
  const stat = statSync(file);
  const header = headerOf(file, digest, stat);
  const name = `${basename(file)}-${process.version}-${process.arch}${optionsTag()}.code`;
  const cachedData = readCode(folders, name, header, stat.uid);
  // latin1: the bundle is ASCII, and so V8 keeps it at a byte a character. Nothing is put round it, for that would be a copy.
  const script = new Script(readFileSync(file, 'latin1'), { filename: file, cachedData });

  const module = { exports: {} as ProgramExports };
  if (cachedData === undefined || script.cachedDataRejected === true) {
    process.once('exit', () => {
      if (module.exports.isWorthKeeping?.() !== true) return;
      // Of many that were started at once, the first one to end has kept it for all.
      const isThere = cachedData === undefined && readCode(folders, name, header, stat.uid) !== undefined;
      if (!isThere) keepCode(folders, name, header, script.createCachedData());
    });
  }
  const program = script.runInThisContext() as Program;
  program(module.exports, require, module, file, dirname(file));
}

// V8 refuses code that was compiled under other options: who runs under others keeps a file of its own.
function optionsTag(): string {
  return process.execArgv.map((option) => `-${option.replace(/[^a-z0-9]+/g, '')}`).join('');
}

/** All that the code depends on and V8 does not check itself. */
function headerOf(file: string, digest: string, { size, mtimeMs }: Stats): Buffer {
  return Buffer.alloc(HEADER_BYTES, ' ').fill(
    `smtp-validate-cron code 1 ${basename(file)} ${digest} ${size} ${mtimeMs}\n`,
    0,
    HEADER_BYTES,
  );
}

function readCode(
  folders: readonly string[],
  name: string,
  header: Buffer,
  programOwner: number,
): Buffer | undefined {
  for (const folder of folders) {
    const bytes = readTrusted(join(folder, name), programOwner);
    const code = bytes && wholeCode(bytes, header);
    if (code !== undefined) return code;
  }
  return undefined;
}

function readTrusted(path: string, programOwner: number): Buffer | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const { uid, mode } = fstatSync(fd);
    const isTrusted = [0, programOwner, process.geteuid?.()].includes(uid) && (mode & OTHERS_MAY_WRITE) === 0;
    return isTrusted ? readFileSync(fd) : undefined;
  } catch {
    return undefined; // there is none, or it is not for us to read
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

// The code stands there twice: two copies that are equal are whole, and comparing them costs a fraction of a checksum.
function wholeCode(bytes: Buffer, header: Buffer): Buffer | undefined {
  const end = HEADER_BYTES + (bytes.length - HEADER_BYTES) / 2;
  if (bytes.length <= HEADER_BYTES || !Number.isInteger(end)) return undefined;
  if (!bytes.subarray(0, HEADER_BYTES).equals(header)) return undefined;
  const code = bytes.subarray(HEADER_BYTES, end);
  return code.equals(bytes.subarray(end)) ? code : undefined;
}

function keepCode(folders: readonly string[], name: string, header: Buffer, code: Buffer): void {
  for (const folder of folders) {
    const path = join(folder, name);
    const temporary = `${path}.${process.pid}`;
    try {
      writeFileSync(temporary, Buffer.concat([header, code, code]), { mode: 0o644, flag: 'wx' });
      renameSync(temporary, path);
      return;
    } catch {
      quietly(() => unlinkSync(temporary)); // the next folder, or none: a cache is only ever a gain
    }
  }
}

function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // It was never made, or is gone.
  }
}
