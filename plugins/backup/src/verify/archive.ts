import type { Progress } from '@om-ops/kit';
import { openArchive, readInThreads, sibling } from '../archive/tar/reader-threads.ts';
import type { VerifiedDump } from './dump-bundle.ts';
import type { VerifyProblem } from './problem.ts';
import type { VerifyDone, VerifyWork } from './verify-worker.ts';

export type { VerifiedDump } from './dump-bundle.ts';
export type { VerifyProblem } from './problem.ts';

export interface VerifyOptions {
  /** Of the file, in hex: from the sidecar. */
  expectedSha256?: string;
  /** How many members are no folders: from the sidecar. */
  expectedFiles?: number;
  /** Whether it holds database dumps. Default: it does when it has `meta.json` and dumps beside it. */
  isDatabase?: boolean;
  progress: Progress;
}

export interface VerifyResult {
  /** No problems. */
  ok: boolean;
  problems: VerifyProblem[];
  path: string;
  /** Of the file. */
  bytes: number;
  /** Of the file, in hex. */
  sha256: string;
  /** Members that are no folders. */
  files: number;
  directories: number;
  /** Of all files, holes included. */
  contentBytes: number;
  /** Of a database archive. */
  dumps: VerifiedDump[];
  seconds: number;
}

/**
 * Reads a `.tar.gz` file once, to its end: SHA-256, gzip with its checksums, the structure of the tar
 * archive, whether every member could be restored, how many there are; of a database archive every
 * dump to its closing line. What is wrong is in the result.
 *
 * @throws OpsError E_NOT_FOUND, E_PERMISSION, E_NOT_A_FILE, E_INTERRUPTED
 */
export async function verifyArchive(path: string, options: VerifyOptions): Promise<VerifyResult> {
  const { expectedSha256, expectedFiles, isDatabase, progress } = options;
  const started = performance.now();
  const archive = openArchive(path);
  const data: VerifyWork = { isDatabase };
  try {
    const done = await readInThreads<VerifyDone>({
      archive,
      module: sibling(import.meta.url, './verify-worker'),
      data,
      hash: true,
      stage: 'verifying',
      progress,
      ...(expectedFiles === undefined ? {} : { totalFiles: expectedFiles }),
    });
    const { compressedBytes: bytes, problems, ...found } = done;
    if (expectedSha256 !== undefined && found.sha256 !== expectedSha256.toLowerCase())
      problems.unshift({
        code: 'E_CHECKSUM',
        message: `The SHA-256 of the file is ${found.sha256}, and should be ${expectedSha256}.`,
      });
    if (expectedFiles !== undefined && found.files !== expectedFiles)
      problems.push({
        code: 'E_FILE_COUNT',
        message: `There are ${found.files} files in it, and there should be ${expectedFiles}.`,
      });
    const seconds = (performance.now() - started) / 1000;
    return { ok: problems.length === 0, problems, path, bytes, ...found, seconds };
  } finally {
    archive.close();
  }
}
