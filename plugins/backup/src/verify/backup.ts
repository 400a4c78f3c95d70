import { basename } from 'node:path';
import { isOpsError, messageOf, type Progress } from '@om-ops/kit';
import type { CatalogEntry } from '../catalog/catalog.ts';
import type { Category } from '../categories.ts';
import { type VerifiedDump, verifyArchive } from './archive.ts';

/** What is wrong with a backup: a `VerifyProblem` of its archive, something with its sidecar, or why it could not be read. */
export interface BackupProblem {
  code: string;
  message: string;
}

/** Whether a backup proved good, and what is wrong with it. */
export interface VerifiedBackup {
  category: Category;
  path: string;
  createdAt: string;
  status: 'PASS' | 'FAIL';
  problems: BackupProblem[];
  bytes: number;
  files: number;
  /** Empty when the archive could not be read at all. */
  sha256: string;
  /** Of a database backup. */
  dumps: VerifiedDump[];
  seconds: number;
}

/**
 * Reads a backup to its end and compares it with its sidecar; without one nothing can be proven.
 * One that cannot be read fails like one that is damaged, so that others are still looked at.
 *
 * @throws what `progress.signal` was aborted with, E_INTERRUPTED
 */
export async function verifyBackup(
  entry: CatalogEntry,
  progress: Progress,
): Promise<VerifiedBackup> {
  const { category, path, createdAt, reading } = entry;
  const { sidecar } = reading;
  const head = { category, path, createdAt };
  const unread = (problem: BackupProblem): VerifiedBackup => ({
    ...head,
    status: 'FAIL',
    problems: [problem],
    bytes: entry.bytes,
    files: 0,
    sha256: '',
    dumps: [],
    seconds: 0,
  });
  if (entry.state === 'archive-missing')
    return unread({
      code: 'E_ARCHIVE_MISSING',
      message: 'The archive is gone; only its sidecar is left.',
    });
  if (entry.state === 'not-a-file')
    return unread({ code: 'E_NOT_A_FILE', message: 'It is not a file, so it is no archive.' });
  try {
    const {
      problems: found,
      bytes,
      files,
      sha256,
      dumps,
      seconds,
    } = await verifyArchive(path, {
      isDatabase: category === 'database',
      progress,
      ...(sidecar === undefined
        ? {}
        : { expectedSha256: sidecar.sha256, expectedFiles: sidecar.files }),
    });
    const lack = sidecarProblem(entry);
    const problems: BackupProblem[] = [...(lack === undefined ? [] : [lack]), ...found];
    if (sidecar !== undefined && sidecar.bytes !== bytes)
      problems.push({
        code: 'E_SIZE',
        message: `It has ${bytes} bytes, and its sidecar says ${sidecar.bytes}.`,
      });
    const status = problems.length === 0 ? 'PASS' : 'FAIL';
    return { ...head, status, problems, bytes, files, sha256, dumps, seconds };
  } catch (error) {
    if (progress.signal.aborted) throw error;
    if (isOpsError(error)) return unread({ code: error.code, message: error.message });
    return unread({ code: 'E_INTERNAL', message: `It could not be read: ${messageOf(error)}.` });
  }
}

function sidecarProblem({ path, metadataPath, reading }: CatalogEntry): BackupProblem | undefined {
  const { sidecar, lack, wrong } = reading;
  const because = wrong === undefined ? '' : `: ${wrong}`;
  const nothing = 'so there is nothing to compare it with';
  switch (lack) {
    case 'absent':
      return { code: 'E_NO_SIDECAR', message: `Its sidecar is missing, ${nothing}.` };
    case 'damaged':
      return {
        code: 'E_SIDECAR_INVALID',
        message: `Its sidecar is damaged${because}; ${nothing}.`,
      };
    case 'foreign':
      return { code: 'E_SIDECAR_MISMATCH', message: `Its sidecar is another's${because}.` };
    case 'unreadable':
      return {
        code: 'E_PERMISSION',
        message: `Cannot read its sidecar ${metadataPath}: permission denied.`,
      };
  }
  return sidecar.archive === basename(path)
    ? undefined
    : {
        code: 'E_SIDECAR_MISMATCH',
        message: `Its sidecar was written for an archive named ${sidecar.archive}.`,
      };
}
