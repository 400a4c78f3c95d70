import { closeSync } from 'node:fs';
import { type Progress, systemCode, Turns } from '@om-ops/kit';
import { Compressibility } from './compressibility.ts';
import { type BytesPath, readablePath } from './tree/bytes-path.ts';
import { Exclusions } from './tree/exclude.ts';
import type { Skipped, SkipReason } from './tree/skipped.ts';
import { Source, type SourceOptions } from './tree/source.ts';
import { openFolder, specialKind, type TreeEntry, walkTree } from './tree/walk.ts';

export interface PlanOptions extends SourceOptions {
  progress: Progress;
  /** How many of the biggest folders are named. Default 10. */
  biggest?: number;
  /** Estimate the size of the archive: reads pieces of some files. Default false. */
  estimate?: boolean;
}

/** A folder with all that is below it. Bytes are lengths of files, of hard links once. */
export interface FolderSize {
  /** Relative to the source, readable; `.` for the files in the source folder itself. */
  path: string;
  bytes: number;
  files: number;
}

/** What `createArchive` would find, by looking at names and sizes only. */
export interface ArchivePlan {
  /** Counted as in `ArchiveTotals`. */
  files: number;
  directories: number;
  bytes: number;
  /** What of the bytes is on the disk: no holes. */
  diskBytes: number;
  /** Compressed by uncompressed size; undefined when it was not asked for, or there is nothing. */
  ratio: number | undefined;
  /** What cannot be listed or is nothing to archive; whether files can be read is not tried. */
  skipped: Skipped[];
  biggestIncluded: FolderSize[];
  /** Folders, and files, that a pattern or `excludePaths` leaves out. */
  biggestExcluded: FolderSize[];
}

/** A folder that holds this much of its parent is named in the parent's place. */
const sameAsParent = 0.9;

/**
 * Says what an archive of the tree would hold; writes nothing. Rejects with an OpsError when the
 * source is missing or unreadable, with `interrupted()` on abort.
 */
export async function planArchive(options: PlanOptions): Promise<ArchivePlan> {
  const { progress, biggest = 10 } = options;
  const source = new Source(options);
  const skipped: Skipped[] = [];
  const included = new Sizes();
  const excluded: FolderSize[] = [];
  const pieces = options.estimate === true ? new Compressibility() : undefined;
  const turns = new Turns({
    signal: progress.signal,
    onTurn: () =>
      progress.report({ stage: 'measuring', files: included.files, bytes: included.bytes }),
  });
  try {
    const onSkipped = (path: BytesPath, reason: SkipReason) =>
      skipped.push({ path: readablePath(path), reason });
    await source.settle(() => turns.turn());
    for (const entry of source.entries(onSkipped)) {
      await turns.turn();
      const special = specialKind(entry.stat);
      if (entry.excludedBy !== undefined) excluded.push(await sizeOf(entry, turns));
      else if (entry.stat.isDirectory()) included.addFolder(entry.path);
      else if (special === undefined) {
        included.addFile(entry);
        if (entry.stat.isFile()) pieces?.add(entry.path, onDisk(entry));
      } else onSkipped(entry.path, special);
    }
    source.warnOfPatterns(progress);
    source.assertThere();
  } finally {
    source.close();
  }
  return {
    files: included.files,
    directories: included.folders,
    bytes: included.bytes,
    diskBytes: included.diskBytes,
    ratio: pieces?.ratio(options.source),
    skipped,
    biggestIncluded: included.biggest(biggest),
    biggestExcluded: bySize(excluded).slice(0, biggest),
  };
}

/** A folder's totals, all that is below counted in, and the folders right below it. */
interface FolderTotals {
  bytes: number;
  files: number;
  below: BytesPath[];
}

/** Adds up sizes by folder. */
class Sizes {
  files = 0;
  bytes = 0;
  diskBytes = 0;
  /** The first is the source itself, which is a member too. */
  folders = 1;
  readonly #byFolder = new Map<BytesPath, FolderTotals>();
  readonly #seen = new Set<string>();

  constructor() {
    this.#byFolder.set('', { bytes: 0, files: 0, below: [] });
  }

  addFolder(path: BytesPath): void {
    this.folders += 1;
    this.#byFolder.set(path, { bytes: 0, files: 0, below: [] });
    this.#byFolder.get(parentOf(path))?.below.push(path);
  }

  addFile({ path, stat }: TreeEntry): void {
    const bytes = stat.isFile() && !this.#isKnown(stat) ? Number(stat.size) : 0;
    this.files += 1;
    this.bytes += bytes;
    if (bytes > 0) this.diskBytes += onDisk({ stat });
    for (let folder = parentOf(path); ; folder = parentOf(folder)) {
      const size = this.#byFolder.get(folder);
      if (size !== undefined) {
        size.bytes += bytes;
        size.files += 1;
      }
      if (folder === '') return;
    }
  }

  /**
   * The folders right below the source by size. Where one holds nearly all of its parent, it is named
   * instead, so that `a/b/c` is not hidden behind `a`.
   */
  biggest(count: number): FolderSize[] {
    const loose: FolderSize = { path: '.', bytes: this.bytes, files: this.files };
    const sizes: FolderSize[] = [];
    for (const folder of this.#size('').below) {
      const { bytes, files } = this.#size(folder);
      loose.bytes -= bytes;
      loose.files -= files;
      sizes.push(this.#narrowed(folder));
    }
    if (loose.files > 0) sizes.push(loose);
    return bySize(sizes).slice(0, count);
  }

  #narrowed(folder: BytesPath): FolderSize {
    const size = this.#size(folder);
    const main = size.below.find((below) => this.#size(below).bytes >= size.bytes * sameAsParent);
    if (main !== undefined && size.bytes > 0) return this.#narrowed(main);
    return { path: readablePath(folder), bytes: size.bytes, files: size.files };
  }

  #size(folder: BytesPath): FolderTotals {
    return this.#byFolder.get(folder) ?? { bytes: 0, files: 0, below: [] };
  }

  /** Whether another name of the same file was counted before. */
  #isKnown({ nlink, dev, ino }: TreeEntry['stat']): boolean {
    if (nlink === 1n) return false;
    const key = `${dev}:${ino}`;
    if (this.#seen.has(key)) return true;
    this.#seen.add(key);
    return false;
  }
}

/** What an excluded folder, or file, holds. */
async function sizeOf(entry: TreeEntry, turns: Turns): Promise<FolderSize> {
  const sizes = new Sizes();
  if (!entry.stat.isDirectory()) {
    sizes.addFile(entry);
  } else {
    for (const below of insideOf(entry)) {
      await turns.turn();
      if (!below.stat.isDirectory()) sizes.addFile(below);
    }
  }
  return { path: readablePath(entry.path), bytes: sizes.bytes, files: sizes.files };
}

/** What is left out is no loss when it cannot be listed either. */
function* insideOf(folder: TreeEntry): Generator<TreeEntry, void, void> {
  let root: number;
  try {
    root = openFolder(folder.access);
  } catch {
    return;
  }
  try {
    yield* walkTree({ root, exclusions: new Exclusions([]), onSkipped: () => undefined });
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  } finally {
    closeSync(root);
  }
}

/** What of a file is no hole. One that was just written may not be on the disk yet, and counts for less. */
function onDisk({ stat }: Pick<TreeEntry, 'stat'>): number {
  return Math.min(Number(stat.size), Number(stat.blocks) * 512);
}

function parentOf(path: BytesPath): BytesPath {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function bySize(sizes: FolderSize[]): FolderSize[] {
  return sizes.sort((a, b) => b.bytes - a.bytes);
}
