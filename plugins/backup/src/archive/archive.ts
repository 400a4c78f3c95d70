import { type BigIntStats, closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs';
import { interrupted, type Progress, systemCode, Turns } from '@om-ops/kit';
import { type ArchiveOutput, sinkOf } from './gzip/sink.ts';
import { type GzipOptions, GzipWriter } from './gzip/writer.ts';
import { type DatabaseCopier, databaseBeside, isDatabase, realPathOf } from './live-databases.ts';
import { type PosixCalls, posixCalls, type Xattr } from './posix/posix.ts';
import type { TarEntry } from './tar/format.ts';
import { memberOf } from './tar/member.ts';
import { type FileOutcome, TarWriter } from './tar/writer.ts';
import { type BytesPath, bytesOf, bytesPath, readablePath } from './tree/bytes-path.ts';
import type { Skipped, SkipReason } from './tree/skipped.ts';
import { Source, type SourceOptions } from './tree/source.ts';
import { reasonOf, specialKind, type TreeEntry } from './tree/walk.ts';

export { planArchive } from './archive-plan.ts';

export interface ArchiveOptions extends SourceOptions, GzipOptions {
  /** The caller owns its name, syncs, renames and, after a failure, removes it. */
  output: ArchiveOutput;
  progress: Progress;
  /** What `planArchive` found, for the progress. */
  expected?: { files: number; bytes: number };
  posix?: PosixCalls;
  /** Without, live databases are archived as they lie, file by file. */
  databases?: DatabaseCopier;
}

export interface ArchiveTotals {
  /** Members that are no folders: regular files, hard links and symbolic links. See tar/format.ts. */
  files: number;
  directories: number;
  /** Of the archive. */
  bytes: number;
  /** The lengths of all regular files, of hard links once, holes included. */
  sourceBytes: number;
  /** What of `sourceBytes` is on the disk: no holes. */
  diskBytes: number;
  /** Of the archive, in hex. */
  sha256: string;
  skipped: Skipped[];
  /** The patterns and folders that left something out, sorted. */
  excluded: string[];
  /** The folders that a default leaves out. */
  leftOut: string[];
  /** SQLite databases of which a consistent copy is in the archive, in the place of the file and its journals. */
  databaseCopies: string[];
}

/**
 * Writes the tree to a `.tar.gz`, as tar/format.ts describes it. What cannot be read is listed in
 * `skipped` and the archive goes on.
 *
 * Rejects with an OpsError when the source is missing, unreadable or gone at the end, with
 * `interrupted()` on abort, and with the system's error (`ENOSPC`, `EIO`) as soon as the output fails.
 * Nothing writes to the output any more when it has rejected.
 */
export async function createArchive(options: ArchiveOptions): Promise<ArchiveTotals> {
  const { progress } = options;
  if (progress.signal.aborted) throw interrupted();
  const source = new Source(options);
  const gzip = new GzipWriter(sinkOf(options.output), options);
  const onAbort = () => void gzip.abort(interrupted());
  progress.signal.addEventListener('abort', onAbort, { once: true });
  try {
    const archiver = new TreeArchiver(source, gzip, options);
    return await archiver.run();
  } catch (error) {
    await gzip.abort(error);
    throw error;
  } finally {
    progress.signal.removeEventListener('abort', onAbort);
    source.close();
  }
}

/** What took a file's place since it was looked at is neither followed nor waited for. */
/** Short enough that writing never waits long for what was read, long enough to cost nothing. */
const turnEveryMs = 10;
const openFlags =
  constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

class TreeArchiver {
  readonly #source: Source;
  readonly #gzip: GzipWriter;
  readonly #tar: TarWriter;
  readonly #posix: PosixCalls;
  readonly #options: ArchiveOptions;
  readonly #turns = new Turns({ everyMs: turnEveryMs, onTurn: () => this.#report() });
  readonly #skipped: Skipped[] = [];
  readonly #copies: string[] = [];
  /** Databases that could not be copied: they and their journals are archived as they lie. */
  readonly #uncopied = new Map<BytesPath, 'changed' | 'plain'>();
  readonly #leftOut: string[] = [];
  /** Of files with several names, by device and inode: the path of the first that is in the archive. */
  readonly #links = new Map<string, BytesPath>();
  readonly #xattrFailures = new Set<string>();
  #files = 0;
  #directories = 0;
  #sourceBytes = 0;
  #diskBytes = 0;
  /** The long file that is being written, for the progress: its length, and where the archive stood before it. */
  #current: { size: number; from: number } | undefined;

  constructor(source: Source, gzip: GzipWriter, options: ArchiveOptions) {
    this.#source = source;
    this.#gzip = gzip;
    this.#options = options;
    this.#posix = options.posix ?? posixCalls();
    this.#tar = new TarWriter(gzip, this.#posix, () => this.#turns.turn());
  }

  async run(): Promise<ArchiveTotals> {
    const { progress } = this.#options;
    if (!this.#posix.supportsXattrs) {
      progress.warn(
        `Extended attributes and ACLs are not in the backup: ${this.#posix.missing ?? 'not supported here'}.`,
      );
    }
    const onSkipped = (path: BytesPath, reason: SkipReason) => this.#skip(path, reason);
    await this.#source.settle(() => this.#turns.turn());
    // First, as GNU tar does: its owner, mode and ACLs guard all that is below.
    await this.#add(this.#source.root());
    for (const entry of this.#source.entries(onSkipped)) {
      // Most entries wait for nothing, and a promise for each would be felt.
      const added = entry.excludedBy === undefined ? this.#add(entry) : this.#leaveOut(entry);
      if (added !== undefined) await added;
      const turn = this.#turns.turn();
      if (turn !== undefined) await turn;
    }
    this.#source.warnOfPatterns(progress);
    this.#source.assertThere();
    await this.#tar.finish();
    const { bytes, sha256 } = await this.#gzip.finish();
    this.#report();
    return {
      files: this.#files,
      directories: this.#directories,
      bytes,
      sourceBytes: this.#sourceBytes,
      diskBytes: this.#diskBytes,
      sha256,
      skipped: this.#skipped,
      databaseCopies: this.#copies,
      excluded: this.#source.exclusions.used,
      leftOut: this.#leftOut,
    };
  }

  #leaveOut({ path, excludedBy = '', stat }: TreeEntry): undefined {
    if (!stat.isDirectory() || !this.#source.exclusions.isDefault(excludedBy)) return undefined;
    this.#leftOut.push(readablePath(path));
    return undefined;
  }

  #add(entry: TreeEntry): Promise<void> | undefined {
    const { path, stat } = entry;
    const special = specialKind(stat);
    if (special !== undefined) {
      this.#skip(path, special);
      return undefined;
    }
    if (stat.isDirectory()) {
      this.#directories += 1;
      const xattrs = this.#xattrs(entry);
      return this.#tar.add(memberOf(path, 'directory', stat, xattrs, this.#posix));
    }
    const target = stat.nlink === 1n ? undefined : this.#links.get(`${stat.dev}:${stat.ino}`);
    if (target !== undefined) {
      this.#files += 1;
      const member = memberOf(path, 'hardlink', stat, [], this.#posix);
      return this.#tar.add({ ...member, linkTarget: bytesOf(target) });
    }
    return stat.isFile() ? this.#addFile(entry) : this.#addSymlink(entry);
  }

  #addSymlink(entry: TreeEntry): Promise<void> | undefined {
    const { path, access, stat } = entry;
    let linkTarget: Buffer;
    try {
      linkTarget = readlinkSync(access, 'buffer');
    } catch (error) {
      this.#skip(path, reasonOf(error));
      return undefined;
    }
    const member = memberOf(path, 'symlink', stat, this.#xattrs(entry), this.#posix);
    this.#added({ ...member, linkTarget }, stat);
    return this.#tar.add({ ...member, linkTarget });
  }

  #addFile(entry: TreeEntry): Promise<void> | undefined {
    const { path, access, stat } = entry;
    let fd: number | undefined;
    let outcome: FileOutcome | Promise<FileOutcome>;
    const { databases } = this.#options;
    if (databases !== undefined) {
      const base = databaseBeside(entry);
      // What it holds is in the copy.
      if (base !== undefined && !this.#uncopied.has(base)) return undefined;
      if (base !== undefined && this.#uncopied.get(base) === 'changed') this.#skip(path, 'changed');
    }
    try {
      fd = openSync(access, openFlags);
      if (databases !== undefined && isDatabase(fd, stat.size) && !this.#uncopied.has(path)) {
        const xattrs = this.#xattrs(entry, fd);
        // POSIX takes all locks of a process on a file away when it closes it: before the copy, not within.
        closeSync(fd);
        return this.#addDatabase(entry, xattrs, databases);
      }
      outcome = this.#tar.addFile({ fd, stat, path, xattrs: this.#xattrs(entry, fd) });
    } catch (error) {
      if (fd !== undefined) closeSync(fd);
      this.#fileFailed(path, error);
      return undefined;
    }
    if (outcome instanceof Promise) {
      this.#current = { size: Number(stat.size), from: this.#gzip.rawBytes };
      return this.#finishFile(path, fd, outcome);
    }
    closeSync(fd);
    this.#fileAdded(path, outcome);
    return undefined;
  }

  async #addDatabase(
    entry: TreeEntry,
    xattrs: readonly Xattr[],
    databases: DatabaseCopier,
  ): Promise<void> {
    const { path, stat } = entry;
    let copy: string;
    try {
      copy = await databases.copy(
        realPathOf(this.#options.source, path),
        this.#options.progress.signal,
      );
    } catch (error) {
      if (this.#options.progress.signal.aborted) throw interrupted();
      const isNone = databases.isNone(error);
      this.#uncopied.set(path, isNone ? 'plain' : 'changed');
      if (!isNone) this.#skip(path, 'changed');
      await this.#addFile(entry);
      return;
    }
    const fd = openSync(copy, openFlags);
    try {
      const file = { fd, stat: fstatSync(fd, { bigint: true }), path, xattrs, like: stat };
      const outcome = await this.#tar.addFile(file);
      this.#fileAdded(path, { ...outcome, stat });
      this.#copies.push(readablePath(path));
    } finally {
      closeSync(fd);
      await databases.remove(copy);
    }
  }

  async #finishFile(path: BytesPath, fd: number, outcome: Promise<FileOutcome>): Promise<void> {
    try {
      this.#fileAdded(path, await outcome);
    } catch (error) {
      this.#fileFailed(path, error);
    } finally {
      this.#current = undefined;
      closeSync(fd);
    }
  }

  #fileAdded(path: BytesPath, { entry, stat, state }: FileOutcome): void {
    if (state !== 'whole') this.#skip(path, state === 'changed' ? 'changed' : 'unreadable');
    this.#added(entry, stat);
    this.#sourceBytes += entry.size;
    this.#diskBytes += Math.min(entry.size, Number(stat.blocks) * 512);
  }

  #fileFailed(path: BytesPath, error: unknown): void {
    // A failed output, which throws here again, is no reason to leave out the file.
    this.#gzip.throwIfFailed();
    if (systemCode(error) === undefined) throw error;
    this.#skip(path, reasonOf(error));
  }

  #added(entry: TarEntry, stat: BigIntStats): void {
    this.#files += 1;
    if (stat.nlink > 1n) this.#links.set(`${stat.dev}:${stat.ino}`, bytesPath(entry.path));
  }

  #xattrs({ path, access }: TreeEntry, fd?: number): Xattr[] {
    try {
      return fd === undefined ? this.#posix.xattrs(Buffer.from(access)) : this.#posix.fdXattrs(fd);
    } catch (error) {
      this.#warnOfXattrs(path, error);
      return [];
    }
  }

  /** Once for each kind of failure: it may be the same for every file there is. */
  #warnOfXattrs(path: BytesPath, error: unknown): void {
    const code = systemCode(error);
    if (code === undefined) throw error;
    if (this.#xattrFailures.has(code) || reasonOf(error) === 'vanished') return;
    this.#xattrFailures.add(code);
    this.#options.progress.warn(
      `The extended attributes of ${readablePath(path)}, and perhaps of others, are not in the backup: ${code}.`,
    );
  }

  #skip(path: BytesPath, reason: SkipReason): void {
    this.#skipped.push({ path: readablePath(path), reason });
  }

  #report(): void {
    const { progress, expected } = this.#options;
    const current = this.#current;
    const written =
      current === undefined ? 0 : Math.min(current.size, this.#gzip.rawBytes - current.from);
    progress.report({
      stage: 'archiving',
      files: this.#files,
      bytes: this.#sourceBytes + written,
      ...(expected === undefined ? {} : { totalFiles: expected.files, totalBytes: expected.bytes }),
    });
  }
}
