import { type BigIntStats, closeSync, constants, lstatSync, openSync } from 'node:fs';
import { isExhausted, systemCode } from '@om-ops/kit';
import { type BytesPath, bytesOf, isAscii, joinBytes } from './bytes-path.ts';
import type { Exclusions } from './exclude.ts';
import { FolderNames } from './folder-names.ts';
import { type Inclusions, includedBelow, type Wanted } from './include.ts';
import type { SkipReason } from './skipped.ts';

/** One thing of the tree, there when it was looked at. */
export interface TreeEntry {
  /** Relative to the source. */
  path: BytesPath;
  /** What system calls can reach it by until the walk goes on. It goes through the open parent folder. */
  access: string | Buffer;
  /** Not following links. */
  stat: BigIntStats;
  /** The pattern, or absolute folder, that leaves it out; nothing below it is walked. */
  excludedBy?: string;
}

export interface Walk {
  /** An open folder: `openFolder` gives one. It stays open. */
  root: number;
  /** Undefined for all there is. */
  inclusions?: Inclusions | undefined;
  exclusions: Exclusions;
  onSkipped(path: BytesPath, reason: SkipReason): void;
  /** An inclusion that something was found for. */
  onIncluded?(pattern: string): void;
  /** An inclusion of which what it names is left out by an exclusion. */
  onExcluded?(pattern: string, excludedBy: string): void;
}

interface Folder {
  path: BytesPath;
  fd: number;
  names: FolderNames;
  inclusions: Inclusions | undefined;
  /** It was asked for by name although a default leaves it out: no default holds in it. */
  isNamed: boolean;
}

/** Opens a folder without following a link in the last place. Throws what `fs` throws. */
export function openFolder(access: Buffer | string): number {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;
  return openSync(access, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK);
}

/**
 * Goes through a tree, folders before what is in them, names in the order of their bytes; what is
 * excluded is given too, and said to be. Links are not followed, not even one that takes the place of a folder during the walk, and paths may be
 * longer than the system's limit: each step goes through the open folder. The walk is synchronous;
 * whoever pulls gives the event loop its turns.
 */
export function* walkTree(walk: Walk): Generator<TreeEntry, void, void> {
  const stack: Folder[] = [
    {
      path: '',
      fd: walk.root,
      names: new FolderNames(walk.root),
      inclusions: walk.inclusions,
      isNamed: false,
    },
  ];
  try {
    for (let folder = stack.at(-1); folder !== undefined; folder = stack.at(-1)) {
      const name = nextName(folder, walk);
      if (name === undefined) {
        stack.pop();
        leave(folder, walk);
        continue;
      }
      const wanted = folder.inclusions && includedBelow(folder.inclusions, name);
      if (folder.inclusions !== undefined && wanted === undefined) continue;
      const inclusions = wanted !== undefined && 'some' in wanted ? wanted.some : undefined;
      const entry = look(folder, name, walk);
      if (entry === undefined) continue;
      const isFolder = entry.stat.isDirectory();
      if (!isFolder && inclusions !== undefined) continue;
      const isNamed = folder.isNamed || (wanted?.named ?? []).length > 0;
      const excludedBy =
        walk.exclusions.pattern(entry.path, name, isFolder, isNamed) ??
        (isFolder ? walk.exclusions.folder(entry.stat) : undefined);
      tellInclusions(wanted, excludedBy, walk);
      if (excludedBy !== undefined) {
        yield { ...entry, excludedBy };
        continue;
      }
      yield entry;
      if (isFolder) {
        // Where nothing but the name lets it in, nothing but names has a say below it.
        const free = isNamed && walk.exclusions.leavesOutByDefault(entry.path, name);
        const below = enter(entry, inclusions, folder.isNamed || free, walk);
        if (below !== undefined) stack.push(below);
      }
    }
  } finally {
    for (const folder of stack) leave(folder, walk);
  }
}

function tellInclusions(
  wanted: Wanted | undefined,
  excludedBy: string | undefined,
  walk: Walk,
): void {
  if (wanted === undefined) return;
  if (excludedBy !== undefined)
    for (const pattern of wanted.named) walk.onExcluded?.(pattern, excludedBy);
  else if ('all' in wanted) for (const pattern of wanted.all) walk.onIncluded?.(pattern);
}

function look(folder: Folder, name: string, walk: Walk): TreeEntry | undefined {
  const path = joinBytes(folder.path, name);
  const place = `/proc/self/fd/${folder.fd}/${name}`;
  const access = isAscii(name) ? place : bytesOf(place);
  try {
    return { path, access, stat: lstatSync(access, { bigint: true }) };
  } catch (error) {
    walk.onSkipped(path, reasonOf(error));
    return undefined;
  }
}

function enter(
  entry: TreeEntry,
  inclusions: Inclusions | undefined,
  isNamed: boolean,
  walk: Walk,
): Folder | undefined {
  let fd: number | undefined;
  try {
    fd = openFolder(entry.access);
    return { path: entry.path, fd, names: new FolderNames(fd), inclusions, isNamed };
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    walk.onSkipped(entry.path, reasonOf(error));
    return undefined;
  }
}

function nextName(folder: Folder, walk: Walk): string | undefined {
  try {
    return folder.names.next();
  } catch (error) {
    walk.onSkipped(folder.path === '' ? '.' : folder.path, reasonOf(error));
    return undefined;
  }
}

function leave(folder: Folder, walk: Walk): void {
  folder.names.close();
  if (folder.fd !== walk.root) closeSync(folder.fd);
}

/** What there is no keeping in an archive; undefined for files, folders and links. */
export function specialKind(stat: BigIntStats): SkipReason | undefined {
  if (stat.isFIFO()) return 'fifo';
  if (stat.isSocket()) return 'socket';
  return stat.isBlockDevice() || stat.isCharacterDevice() ? 'device' : undefined;
}

/**
 * What the failure of a system call on something of the tree means for the archive.
 *
 * @throws the error, when it is none of what was looked at: out of descriptors, out of memory
 */
export function reasonOf(error: unknown): SkipReason {
  if (isExhausted(error)) throw error;
  const code = systemCode(error);
  // ELOOP and ENOTDIR: something else stands in its place by now.
  const gone = code === 'ENOENT' || code === 'ELOOP' || code === 'ENOTDIR' || code === 'ESTALE';
  return gone ? 'vanished' : 'unreadable';
}
