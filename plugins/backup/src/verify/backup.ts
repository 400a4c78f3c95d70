import { basename } from 'node:path';
import { isOpsError, type Progress } from '@om-ops/kit';
import type { CatalogEntry } from '../catalog/catalog.ts';
import { lacksOf } from '../catalog/lacks.ts';
import type { Category } from '../categories.ts';
import { type VerifiedDump, verifyArchive } from './archive.ts';

/** What is wrong with a backup: a `VerifyProblem` of its archive, something with its sidecar, or why it could not be read. */
export interface BackupProblem {
  code: string;
  message: string;
}

/** Whether a backup proved good, and what is wrong with it or missing in it. */
export interface VerifiedBackup {
  category: Category;
  path: string;
  createdAt: string;
  /** `PARTIAL`: it is what was written, and when it was made something was left out. */
  status: 'PASS' | 'FAIL' | 'PARTIAL';
  problems: BackupProblem[];
  /** Of one that is partial: sentences. */
  lacks: string[];
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
 * One that may not be read fails like one that is damaged, so that others are still looked at.
 *
 * @throws what `progress.signal` was aborted with, E_INTERRUPTED; what kept om-ops from looking, which
 * says nothing of the backup: E_TOO_MANY_FILES, E_NO_MEMORY
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
    lacks: [],
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
    const lacks = lacksOf(entry);
    const status = problems.length > 0 ? 'FAIL' : lacks.length > 0 ? 'PARTIAL' : 'PASS';
    return { ...head, status, problems, lacks, bytes, files, sha256, dumps, seconds };
  } catch (error) {
    if (progress.signal.aborted || !isOpsError(error) || !verdicts.has(error.code)) throw error;
    return unread({ code: error.code, message: error.message });
  }
}

/** Failures that are about the backup; any other is about the machine, and no verdict. */
const verdicts: ReadonlySet<string> = new Set([
  'E_PERMISSION',
  'E_NOT_FOUND',
  'E_NOT_A_FILE',
  'E_IO',
]);

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
