// What the file system refuses, as a sentence with the path, the reason in words, and the next step.

import { OperationalError } from '../platform/operational-error.ts';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied to this user; the files must belong to the user that cron runs as (chown)',
  EPERM: 'operation not permitted to this user; the files must belong to the user that cron runs as (chown)',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device; free some',
  EDQUOT: 'the disk quota is used up',
  ENOENT: 'it, or a folder on the way there, does not exist',
  ENOTDIR: 'something on the way there is a file and not a folder',
  EISDIR: 'it is a folder',
  EEXIST: 'something else of this name is in the way',
  ENOTEMPTY: 'the folder is not empty; remove what is in it',
  EMFILE: 'too many open files; raise the limit (ulimit -n)',
  ENFILE: 'too many open files on this machine',
  EIO: 'the device reports an input/output error',
};

/** FILE_NOT_CREATED for a file or folder that could not be made. */
export function cannotCreate(path: string, cause: unknown): OperationalError {
  return fileError('FILE_NOT_CREATED', `cannot create ${path}`, path, cause);
}

/** FILE_NOT_WRITTEN for one that was open. */
export function cannotWrite(path: string, cause: unknown): OperationalError {
  return fileError('FILE_NOT_WRITTEN', `cannot write ${path}`, path, cause);
}

/** FILE_NOT_READ for a file or folder of ours that is there. */
export function cannotRead(path: string, cause: unknown): OperationalError {
  return fileError('FILE_NOT_READ', `cannot read ${path}`, path, cause);
}

/** The errno code of a failed call, undefined for anything else. */
export function errnoOf(cause: unknown): string | undefined {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function fileError(
  code: 'FILE_NOT_CREATED' | 'FILE_NOT_WRITTEN' | 'FILE_NOT_READ',
  what: string,
  path: string,
  cause: unknown,
): OperationalError {
  const errno = errnoOf(cause);
  const reason =
    (errno === undefined ? undefined : REASONS[errno]) ??
    (cause instanceof Error ? cause.message : String(cause));
  return new OperationalError(code, `${what}: ${reason}${errno === undefined ? '' : ` (${errno})`}`, {
    cause,
    fields: { path, errno },
  });
}
