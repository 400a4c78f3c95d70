import { fromSystemError, interrupted, isOpsError, messageOf, OpsError } from '@om-ops/kit';

/** The primary result code of what SQLite threw: 5 for SQLITE_BUSY. */
function resultCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : undefined;
}

/** Somebody else holds the database. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === 5 || code === 6;
}

/** It only begins like a database, is encrypted, or is damaged: there is nothing to copy but its bytes. */
export function isNoDatabase(error: unknown): boolean {
  const code = resultCode(error);
  return code === 11 || code === 26;
}

/** What SQLite or the file system threw, as one sentence and what to do about it. */
export function explainSqlite(error: unknown, file: string): OpsError {
  if (isOpsError(error)) return error;
  if (error instanceof Error && error.name === 'AbortError') return interrupted();
  switch (resultCode(error)) {
    case 5:
    case 6:
      return new OpsError(
        'E_DATABASE_BUSY',
        `The SQLite database ${file} was locked by another program for 30 s.`,
        {
          suggestions: [
            `See who has it open: fuser -v ${file}`,
            'In WAL mode readers and writers do not wait for each other: PRAGMA journal_mode=WAL',
          ],
        },
      );
    case 3:
    case 8:
    case 14:
    case 23:
      return new OpsError(
        'E_PERMISSION',
        `The SQLite database ${file} cannot be opened by this user (${messageOf(error)}): its journal files (-wal, -shm, -journal) may not be read or written.`,
        {
          exit: 'requirement',
          cause: error,
          suggestions: ['Run om-ops with sudo, or as the user who owns the file.'],
        },
      );
    case 11:
      return new OpsError(
        'E_DATABASE_DAMAGED',
        `The SQLite database ${file} is damaged: ${messageOf(error)}.`,
        {
          suggestions: [
            `Save what can be read: sqlite3 ${file} .recover`,
            'Restore the last good backup: om-ops backup list database',
          ],
        },
      );
    case 26:
      return new OpsError(
        'E_DATABASE_DAMAGED',
        `${file} is no SQLite database, or it is encrypted.`,
        { suggestions: ['Check `database.files` in the site profile: om-ops config show'] },
      );
    case 13:
      return new OpsError('E_DISK_FULL', `No space left on the disk for a copy of ${file}.`, {
        suggestions: ['Free some space (om-ops backup prune), or set `state` to a larger disk.'],
      });
    case undefined:
      return error instanceof Error && 'syscall' in error
        ? fromSystemError(error, 'read the SQLite database', file)
        : new OpsError(
            'E_DUMP_FAILED',
            `Cannot dump the SQLite database ${file}: ${messageOf(error)}.`,
            {
              cause: error,
            },
          );
    default:
      return new OpsError(
        'E_DUMP_FAILED',
        `Cannot dump the SQLite database ${file}: ${messageOf(error)}.`,
        { cause: error, suggestions: ['Run om-ops as the user who owns the file, or with sudo.'] },
      );
  }
}
