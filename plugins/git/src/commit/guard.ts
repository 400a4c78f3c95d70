import { type BigIntStats, createReadStream, promises } from 'node:fs';
import { fromSystemError, looksSecretSetting, type Progress, systemCode } from '@om-ops/kit';
import { nestedRepositories } from '../checkpoint/left-out.ts';
import { type BytePath, fieldsFor, fieldsOf, fileOf, shownPath } from '../repository/byte-path.ts';
import type { Repository } from '../repository/repository.ts';
import type { WorkTree } from '../repository/work-tree.ts';
import { secretsOfBlob, secretsOfFile } from './content.ts';
import type { FoundSecret } from './secrets.ts';
import { ignoreLine, isTemplate, unwantedByName } from './unwanted.ts';

export interface Refused {
  /** From the top of the repository. */
  path: string;
  bytes: number;
  /** What is wrong with it, without a full stop. */
  why: string;
  /** Whether the last commit has it: then .gitignore does not keep it out. */
  tracked: boolean;
  /** The line that keeps it out of commits, in the .gitignore at the top. */
  ignore: string;
}

export interface Looked {
  /** Files whose names and sizes were looked at. */
  files: number;
  bytes: number;
  /** Of these, files that hold no text: their content was not looked into. */
  binary: number;
}

export interface Guarding {
  refused: Refused[];
  looked: Looked;
  /** What each file was when it was looked at; null for what is no file, or gone. */
  seen: Map<BytePath, string | null>;
}

export interface GuardRequest {
  largeFileMb: number;
  /** Secrets of the site's env files: value to name. */
  known: ReadonlyMap<string, string>;
  progress: Progress;
}

/** What a file is now, to be compared. */
export function fingerprint(stat: BigIntStats): string {
  return [stat.size, stat.mtimeNs, stat.ctimeNs, stat.ino, stat.mode].join(' ');
}

/**
 * Looks at everything that a commit of the whole work tree would take, before anything is staged: sizes, names and
 * content. Reads and changes nothing.
 *
 * @throws OpsError E_PERMISSION (exit 5) for a file that cannot be read
 */
export async function lookBeforeCommit(
  repository: Repository,
  { entries, head }: WorkTree,
  request: GuardRequest,
): Promise<Guarding> {
  const { progress } = request;
  const nested = new Set(nestedRepositories(entries));
  const result: Guarding = {
    refused: [...nested].map((path) => ({
      path: shownPath(path),
      bytes: 0,
      tracked: false,
      why: 'a repository of its own: only a link to it would be committed',
      ignore: ignoreLine(path),
    })),
    looked: { files: 0, bytes: 0, binary: 0 },
    seen: new Map(),
  };
  const large: Large[] = [];
  for (const { path, isInHead, submodule, kind } of entries) {
    progress.signal.throwIfAborted();
    if (kind === 'ignored' || submodule !== undefined || nested.has(path)) continue;
    const stat = await statOf(repository.top, path);
    result.seen.set(path, stat === undefined ? null : fingerprint(stat));
    if (stat === undefined || !stat.isFile()) continue;
    const bytes = Number(stat.size);
    result.looked.files += 1;
    result.looked.bytes += bytes;
    progress.report({ stage: 'looking', files: result.looked.files, bytes: result.looked.bytes });
    const isLarge = bytes > request.largeFileMb * 1024 * 1024;
    if (isLarge) large.push({ path, bytes, tracked: isInHead });
    const why = await reasons(
      repository,
      { path, isInHead, isLarge, head },
      request,
      result.looked,
    );
    if (why !== undefined)
      result.refused.push({ path: shownPath(path), bytes, tracked: isInHead, ...why });
  }
  for (const { path, bytes, tracked } of await reallyLarge(
    repository,
    large,
    head,
    progress.signal,
  )) {
    const why = `larger than ${request.largeFileMb} MiB`;
    const known = result.refused.find((one) => one.path === shownPath(path));
    if (known === undefined)
      result.refused.push({ path: shownPath(path), bytes, tracked, why, ignore: ignoreLine(path) });
    else known.why = `${why}; ${known.why}`;
  }
  result.refused.sort((one, other) => (one.path < other.path ? -1 : 1));
  return result;
}

interface Large {
  path: BytePath;
  bytes: number;
  tracked: boolean;
}

async function statOf(top: string, path: BytePath): Promise<BigIntStats | undefined> {
  try {
    return await promises.lstat(fileOf(top, path), { bigint: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined;
    throw fromSystemError(error, 'look at', shownPath(path));
  }
}

interface Candidate {
  path: BytePath;
  isInHead: boolean;
  isLarge: boolean;
  head: string | null;
}

async function reasons(
  repository: Repository,
  { path, isInHead, isLarge, head }: Candidate,
  { known, progress }: GuardRequest,
  looked: Looked,
): Promise<{ why: string; ignore: string } | undefined> {
  const byName = unwantedByName(path);
  // What is tracked is so by somebody's intent; a new value in an env file is a new secret all the same.
  if (byName !== undefined && (!isInHead || byName.why.startsWith('an env file'))) return byName;
  // Files of that size are data; they are asked about anyway.
  if (isLarge) {
    looked.binary += 1;
    return undefined;
  }
  const rules = { settings: !isTemplate(path), known };
  const content = await secretsOfFile(fileOf(repository.top, path), rules, progress.signal);
  if (content.isBinary) looked.binary += 1;
  let { secrets } = content;
  if (secrets.length > 0 && isInHead && head !== null) {
    const before = await secretsOfBlob(repository, `${head}:`, path, rules, progress.signal);
    secrets = secrets.filter(({ value }) => !before.has(value));
  }
  if (secrets.length === 0) return undefined;
  return { why: secrets.map(secretText).join('; '), ignore: ignoreLine(path) };
}

function secretText({ what, line }: FoundSecret): string {
  return `a secret in line ${line}: ${what}`;
}

/** Without those whose content HEAD has under another name, and those that git LFS keeps. */
async function reallyLarge(
  repository: Repository,
  large: readonly Large[],
  head: string | null,
  signal: AbortSignal,
): Promise<Large[]> {
  if (large.length === 0) return [];
  const inLfs = await keptByLfs(
    repository,
    large.map(({ path }) => path),
    signal,
  );
  const candidates = large.filter(({ path }) => !inLfs.has(path));
  if (candidates.length === 0 || head === null) return candidates;
  const { stdout } = await repository.look(['ls-tree', '-r', '-z', head], { signal });
  const old = new Set(
    fieldsOf(stdout).map((field) => field.slice(0, field.indexOf('\t')).split(' ')[2]),
  );
  const isNew: boolean[] = [];
  for (const { path } of candidates) {
    const input = createReadStream(fileOf(repository.top, path));
    const hashed = await repository.look(['hash-object', '--stdin'], { input, signal });
    isNew.push(!old.has(hashed.text()));
  }
  return candidates.filter((_, at) => isNew[at]);
}

/** Whether the attribute says so is not enough: without the filter the whole file would be committed. */
async function keptByLfs(
  repository: Repository,
  paths: readonly BytePath[],
  signal: AbortSignal,
): Promise<Set<BytePath>> {
  const clean = await repository.setting('filter.lfs.clean', signal);
  const process = await repository.setting('filter.lfs.process', signal);
  if (clean === undefined && process === undefined) return new Set();
  const attributes = await repository.look(['check-attr', '-z', '--stdin', 'filter'], {
    input: fieldsFor(paths),
    signal,
  });
  const fields = fieldsOf(attributes.stdout);
  return new Set(paths.filter((_, at) => fields[at * 3 + 2] === 'lfs'));
}

/** The values of the site's env files that nobody but the site should know: value to name. */
export function knownSecrets(values: Iterable<readonly [string, string]>): Map<string, string> {
  const known = new Map<string, string>();
  for (const [name, value] of values) {
    if (looksSecretSetting(name) && value.length >= 8 && !/^[a-z]+$|^\d+$|^[/.]/i.test(value)) {
      // Files are read a character a byte.
      known.set(Buffer.from(value).toString('latin1'), name);
    }
  }
  return known;
}
