import type { Progress } from '@om-ops/kit';
import type { CatalogEntry } from '../catalog/catalog.ts';
import type { Category } from '../categories.ts';
import { type VerifiedDump, verifyArchive } from './archive.ts';
import type { VerifyProblem } from './problem.ts';

/** Whether a backup proved good, and what is wrong with it. */
export interface VerifiedBackup {
  category: Category;
  path: string;
  createdAt: string;
  status: 'PASS' | 'FAIL';
  problems: (VerifyProblem | { code: 'E_NO_SIDECAR' | 'E_ARCHIVE_MISSING'; message: string })[];
  bytes: number;
  files: number;
  sha256: string;
  /** Of a database backup. */
  dumps: VerifiedDump[];
  seconds: number;
}

/** Reads a backup to its end and compares it with its sidecar; without one nothing can be proven. */
export async function verifyBackup(
  { category, path, createdAt, sidecar, state }: CatalogEntry,
  progress: Progress,
): Promise<VerifiedBackup> {
  if (state === 'archive-missing') {
    const message = 'The archive is gone; only its sidecar is left.';
    const nothing = { bytes: 0, files: 0, sha256: '', dumps: [], seconds: 0 };
    const problems = [{ code: 'E_ARCHIVE_MISSING' as const, message }];
    return { category, path, createdAt, status: 'FAIL', problems, ...nothing };
  }
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
  const problems: VerifiedBackup['problems'] = [...found];
  if (sidecar === undefined) {
    problems.unshift({
      code: 'E_NO_SIDECAR',
      message: 'Its sidecar is missing or damaged, so there is nothing to compare it with.',
    });
  }
  const status = problems.length === 0 ? 'PASS' : 'FAIL';
  return { category, path, createdAt, status, problems, bytes, files, sha256, dumps, seconds };
}
