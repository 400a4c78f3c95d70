import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { fromSystemError, isOpsError, messageOf, OpsError, systemCode } from '../errors.ts';
import { exec } from '../exec.ts';
import { syncFolder } from './folders.ts';
import { temporaryPath } from './temporary.ts';

export interface ReplacedFile {
  /** The file itself, where links lead. */
  path: string;
  /** What it held before: `replaceContent(path, before, { ifHolds: data })` puts it back. */
  before: Buffer;
  /** `in-place`: readers may have seen a part of it, and a power cut meanwhile would have left one. */
  how: 'renamed' | 'in-place';
  /** Why it was written in place, as the end of a sentence: `it is mounted by itself`. */
  why?: string;
}

export interface ReplaceOptions {
  /** Only if this is what it holds now: whoever puts something back must not undo what others did meanwhile. */
  ifHolds?: string | Uint8Array;
  /**
   * Where the disk is full, and the file is at least as long now: write it in place, which needs no room. For
   * putting back, which must not fail for what came in between. Default false: E_DISK_FULL.
   */
  inPlaceIfFull?: boolean;
}

/**
 * Gives a file of others new content and changes nothing else about it: links that lead to it, its owner,
 * mode, ACL and extended attributes stay. Whole or not at all, by renaming a hidden file beside it; where
 * that would lose something, or cannot be (it is mounted by itself, its folder is read-only, it has other
 * names or another owner), it is written in place, and said.
 *
 * @throws OpsError E_NOT_FOUND (5), E_NOT_A_FILE (5), E_CHANGED_MEANWHILE (1) with `ifHolds`, E_PERMISSION (5),
 * E_DISK_FULL (1), E_READ_ONLY (5), E_IO; the file is then as it was, unless the message says that it holds the new
 * content all the same, or a part of it
 */
export async function replaceContent(
  path: string,
  data: string | Uint8Array,
  { ifHolds, inPlaceIfFull = false }: ReplaceOptions = {},
): Promise<ReplacedFile> {
  const { real, stat, before } = readOld(path);
  const bytes = Buffer.from(data);
  if (ifHolds !== undefined && !before.equals(Buffer.from(ifHolds))) throw changedMeanwhile(path);
  const needsNoRoom = inPlaceIfFull && bytes.length <= before.length;
  const why =
    stat.nlink > 1
      ? 'it has other names (hard links)'
      : await renamed(real, stat, bytes, needsNoRoom ? [...unusable, ...full] : [...unusable]);
  if (why === undefined) return { path: real, before, how: 'renamed' };
  writeInPlace(real, before, bytes);
  return { path: real, before, how: 'in-place', why };
}

function readOld(path: string): { real: string; stat: Stats; before: Buffer } {
  try {
    const real = realpathSync(path);
    const stat = statSync(real);
    if (!stat.isFile()) {
      throw new OpsError('E_NOT_A_FILE', `Cannot write ${path}: it is no file.`, {
        exit: 'requirement',
        suggestions: ['Check the path in the site profile: om-ops config show'],
      });
    }
    return { real, stat, before: readFileSync(real) };
  } catch (error) {
    throw fromSystemError(error, 'read', path);
  }
}

function changedMeanwhile(path: string): OpsError {
  return new OpsError(
    'E_CHANGED_MEANWHILE',
    `${path} is not what it was any more, and was left as it is now.`,
    { suggestions: [`Look at what is there: ${path}`] },
  );
}

const unusable = ['EBUSY', 'EACCES', 'EPERM', 'EROFS', 'EXDEV', 'ENAMETOOLONG'];
const full = ['ENOSPC', 'EDQUOT'];

/**
 * Undefined when it is done; else why it cannot be, and nothing has changed.
 *
 * @param ways the errors that leave it to another way
 */
async function renamed(
  path: string,
  stat: Stats,
  data: Buffer,
  ways: readonly string[],
): Promise<string | undefined> {
  const tempPath = temporaryPath(path);
  try {
    writeWhole(tempPath, data);
    const problem = await takeAttributes(path, tempPath, stat);
    if (problem !== undefined) return problem;
    renameSync(tempPath, path);
  } catch (error) {
    const code = systemCode(error) ?? '';
    if (!ways.includes(code)) throw fromSystemError(error, 'write', path);
    return code === 'EBUSY' ? 'it is mounted by itself' : `nothing can be put beside it (${code})`;
  } finally {
    removeQuietly(tempPath);
  }
  try {
    syncFolder(dirname(path));
  } catch (error) {
    const { code, message, suggestions } = fromSystemError(error, 'write', path);
    throw new OpsError(
      code,
      `${message} ${path} holds the new content all the same, but a power cut may still take it back.`,
      { suggestions, cause: error },
    );
  }
  return undefined;
}

/** That a temporary file stays must not hide whether the file was written. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}

function writeWhole(path: string, data: Buffer): void {
  const fd = openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
  try {
    writeFileSync(fd, data);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Owner, mode, ACL and extended attributes, by the one program that every server has for it: Node cannot.
 * Explicit names, because `--preserve=all` passes over what it cannot do without a word.
 */
async function takeAttributes(
  from: string,
  to: string,
  { uid, gid, mode }: Stats,
): Promise<string | undefined> {
  const preserve = '--preserve=mode,ownership,xattr';
  try {
    await exec('cp', ['--attributes-only', preserve, '--', from, to], { timeoutMs: 30_000 });
  } catch (error) {
    if (isOpsError(error) && error.code === 'E_INTERRUPTED') throw error;
    return `its attributes cannot be taken over: ${messageOf(error).replace(/\.$/, '')}`;
  }
  const taken = statSync(to);
  return taken.uid === uid && taken.gid === gid && taken.mode === mode
    ? undefined
    : 'it belongs to somebody else';
}

function writeInPlace(path: string, before: Buffer, data: Buffer): void {
  let fd: number;
  try {
    fd = openSync(path, constants.O_WRONLY);
  } catch (error) {
    throw fromSystemError(error, 'write', path);
  }
  try {
    overwrite(fd, data);
  } catch (error) {
    const failure = fromSystemError(error, 'write', path);
    try {
      overwrite(fd, before);
    } catch (again) {
      throw new OpsError(
        failure.code,
        `${failure.message} A part of it may be overwritten: ${messageOf(again)}.`,
        { suggestions: failure.suggestions, cause: again },
      );
    }
    throw failure;
  } finally {
    closeSync(fd);
  }
}

function overwrite(fd: number, data: Buffer): void {
  for (let at = 0; at < data.length; ) at += writeSync(fd, data, at, data.length - at, at);
  if (fstatSync(fd).size !== data.length) ftruncateSync(fd, data.length);
  fsyncSync(fd);
}
