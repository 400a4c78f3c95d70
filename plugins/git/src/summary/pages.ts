import { lstatSync, promises, readdirSync, realpathSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fromSystemError, OpsError, type Progress, systemCode, writeFileAtomic } from '@om-ops/kit';
import { secretsOfFile } from '../commit/content.ts';

/** What is larger is data for the disk and not for a repository. */
const mostBytes = 5 * 1024 * 1024;

export interface SummaryFile {
  /** Below STATE, and below the folder of the summary. */
  path: string;
  bytes: number;
}

export interface SummaryLeftOut {
  path: string;
  why: string;
}

export interface SummaryFiles {
  files: SummaryFile[];
  leftOut: SummaryLeftOut[];
}

/**
 * The files that may be published, of what the plugins say: pages, and folders of artifacts. What was not made yet is no
 * part of it; links are not followed.
 *
 * @param paths below STATE
 */
export function summaryFiles(state: string, paths: readonly string[]): SummaryFiles {
  const found: SummaryFiles = { files: [], leftOut: [] };
  for (const path of new Set(paths.map((one) => normalize(one)))) {
    if (path.startsWith('/') || path === '..' || path.startsWith('../'))
      found.leftOut.push({ path, why: 'not below STATE' });
    else collect(state, path, found);
  }
  found.files.sort((one, other) => (one.path < other.path ? -1 : 1));
  return found;
}

function collect(state: string, path: string, found: SummaryFiles): void {
  try {
    const stat = lstatSync(join(state, path), { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (stat.isDirectory()) {
      for (const name of readdirSync(join(state, path))) collect(state, join(path, name), found);
    } else if (!stat.isFile()) found.leftOut.push({ path, why: 'a link, or no file' });
    else if (stat.size > mostBytes) found.leftOut.push({ path, why: 'larger than 5 MiB' });
    else found.files.push({ path, bytes: stat.size });
  } catch (error) {
    if (systemCode(error) !== 'EACCES') throw fromSystemError(error, 'read', join(state, path));
    found.leftOut.push({ path, why: 'unreadable' });
  }
}

export interface SecretFile {
  path: string;
  bytes: number;
  /** Without a full stop. */
  why: string;
}

/** Which files hold a secret. */
export async function filesWithSecrets(
  folder: string,
  files: readonly SummaryFile[],
  known: ReadonlyMap<string, string>,
  { signal }: Progress,
): Promise<SecretFile[]> {
  const found: SecretFile[] = [];
  for (const { path, bytes } of files) {
    const file = Buffer.from(join(folder, path));
    const { secrets } = await secretsOfFile(file, { settings: true, known }, signal);
    if (secrets.length > 0)
      found.push({
        path,
        bytes,
        why: secrets.map(({ what, line }) => `a secret in line ${line}: ${what}`).join('; '),
      });
  }
  return found;
}

/**
 * The folder of the summary, which need not be there yet.
 *
 * @throws OpsError E_NOT_A_FOLDER (exit 5) when a part of it is a link or a repository of its own
 */
export function summaryFolder(root: string, summaryDir: string): string {
  let at = realpathSync(root);
  for (const part of summaryDir.split('/').filter((one) => one !== '')) {
    at = join(at, part);
    const stat = lstatSync(at, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    const isRepository = lstatSync(join(at, '.git'), { throwIfNoEntry: false }) !== undefined;
    if (stat.isDirectory() && !isRepository) continue;
    throw new OpsError(
      'E_NOT_A_FOLDER',
      `${at} is ${isRepository ? 'a repository of its own' : 'no folder, or a link'}: nothing in it can be committed here.`,
      {
        exit: 'requirement',
        suggestions: ['Name another folder as git.summaryDir in the site profile.'],
      },
    );
  }
  return at;
}

/** Copies what is not there as it is. Returns what was written. */
export async function copySummary(
  state: string,
  folder: string,
  files: readonly SummaryFile[],
  { signal }: Progress,
): Promise<string[]> {
  const written: string[] = [];
  for (const { path } of files) {
    signal.throwIfAborted();
    const target = join(folder, path);
    try {
      const content = await promises.readFile(join(state, path));
      const there = await promises.readFile(target).catch(() => undefined);
      if (there?.equals(content) === true) continue;
      await promises.mkdir(dirname(target), { recursive: true });
      await writeFileAtomic(target, content, { mode: 0o644 });
    } catch (error) {
      throw fromSystemError(error, 'write', target);
    }
    written.push(path);
  }
  return written;
}
