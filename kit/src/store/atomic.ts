import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  linkSync,
  openSync,
  promises,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { fromSystemError, OpsError, systemCode } from '../errors.ts';
import { isThere, syncFolder } from './folders.ts';
import { temporaryPath } from './temporary.ts';

export interface AtomicOptions {
  /**
   * Exactly this mode, whatever the umask. Default 0600. On a file system that keeps no modes (FAT,
   * some network mounts) a file has what the mount gives it.
   */
  mode?: number;
  /** False: do not wait for the disk. For what can be made again. Default true. */
  sync?: boolean;
}

const createFlags = constants.O_CREAT | constants.O_EXCL | constants.O_RDWR;

/**
 * Writes a file so that `path` holds either what it held before or all of `data`, through a crash
 * and a power cut alike. A symbolic link at `path` is replaced, not followed.
 *
 * @throws OpsError E_DISK_FULL, E_PERMISSION, E_NOT_FOUND (the folder), E_READ_ONLY, E_IO
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  options: AtomicOptions = {},
): Promise<void> {
  const file = await AtomicFile.create(path, options);
  try {
    await file.handle.writeFile(data);
    await file.commit();
  } catch (error) {
    await file.discard();
    throw fromSystemError(error, 'write', path);
  }
}

/** `writeFileAtomic` for small files in short-lived processes. */
export function writeFileAtomicSync(
  path: string,
  data: string | Uint8Array,
  { mode = 0o600, sync = true }: AtomicOptions = {},
): void {
  const tempPath = temporaryPath(path);
  try {
    const fd = openSync(tempPath, createFlags, mode);
    try {
      try {
        fchmodSync(fd, mode);
      } catch (error) {
        if (!isWithoutModes(error)) throw error;
      }
      writeFileSync(fd, data);
      if (sync) fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(tempPath, path);
    if (sync) syncNameOf(path);
  } catch (error) {
    // The first error says why; that there is nothing to remove either would only hide it.
    try {
      rmSync(tempPath, { force: true });
    } catch {}
    throw fromSystemError(error, 'write', path);
  }
}

/** The file has its name: a failure from here on must not sound as if it had not. */
function syncNameOf(path: string): void {
  try {
    syncFolder(dirname(path));
  } catch (error) {
    const { code, message, suggestions } = fromSystemError(error, 'write', path);
    throw new OpsError(
      code,
      `${message} ${path} is there all the same, but a power cut may still take it away.`,
      { suggestions, cause: error },
    );
  }
}

/** Whether a mode could not be given to a file that was just made: it is ours, so it is for want of modes. */
function isWithoutModes(error: unknown): boolean {
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(systemCode(error) ?? '');
}

export interface CommitOptions {
  /** Another final path in the same folder than the one given at first: `name-2.tar.gz`. */
  path?: string;
  /** True: E_EXISTS when there is a file under the final name. Default false: it is replaced. */
  noClobber?: boolean;
}

/**
 * A file that is written piece by piece under a temporary name in its folder and gets its own name
 * when it is whole. Whoever makes one calls `commit` or `discard`; `await using` discards what was
 * not committed. A process that is killed leaves the temporary file to `removeLeftovers`.
 */
export class AtomicFile implements AsyncDisposable {
  /** The name it has, or is going to have. */
  path: string;
  readonly tempPath: string;
  /** Opened for reading and writing; `commit` and `discard` close it. */
  readonly handle: promises.FileHandle;
  /** False where the file system keeps no modes: then who may read it is up to the mount. */
  readonly keepsMode: boolean;
  #state: 'open' | 'committed' | 'discarded' = 'open';
  readonly #sync: boolean;

  private constructor(
    path: string,
    tempPath: string,
    handle: promises.FileHandle,
    options: { keepsMode: boolean; sync: boolean },
  ) {
    this.path = path;
    this.tempPath = tempPath;
    this.handle = handle;
    this.keepsMode = options.keepsMode;
    this.#sync = options.sync;
  }

  get fd(): number {
    return this.handle.fd;
  }

  /** @throws OpsError as `writeFileAtomic` */
  static async create(path: string, options: AtomicOptions = {}): Promise<AtomicFile> {
    const { mode = 0o600, sync = true } = options;
    const tempPath = temporaryPath(path);
    let handle: promises.FileHandle | undefined;
    try {
      handle = await promises.open(tempPath, createFlags, mode);
      const keepsMode = await handle.chmod(mode).then(
        () => true,
        (error: unknown) => {
          if (!isWithoutModes(error)) throw error;
          return false;
        },
      );
      return new AtomicFile(path, tempPath, handle, { keepsMode, sync });
    } catch (error) {
      await handle?.close().catch(() => {});
      await promises.rm(tempPath, { force: true }).catch(() => {});
      throw fromSystemError(error, 'write', path);
    }
  }

  /**
   * Makes the bytes durable, then gives the file its name. After E_EXISTS it is still open: commit
   * again under another `path`, or discard.
   *
   * @throws OpsError E_EXISTS with `noClobber`, else as `writeFileAtomic`
   */
  async commit({ path = this.path, noClobber = false }: CommitOptions = {}): Promise<void> {
    if (this.#state !== 'open') throw new Error(`${this.path} was ${this.#state} before.`);
    if (dirname(path) !== dirname(this.tempPath)) {
      throw new Error(`${path} is not in the folder of ${this.tempPath}.`);
    }
    try {
      if (this.#sync) await this.handle.sync();
      if (noClobber) renameNoClobber(this.tempPath, path);
      else renameSync(this.tempPath, path);
      this.path = path;
      this.#state = 'committed';
      await this.handle.close();
      if (this.#sync) syncNameOf(path);
    } catch (error) {
      throw fromSystemError(error, 'write', path);
    }
  }

  /** Closes and removes the temporary file. Does nothing when it was committed or discarded before. */
  async discard(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'discarded';
    // The stream that wrote it may have closed the handle already.
    await this.handle.close().catch(() => {});
    await promises.rm(this.tempPath, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What is thrown here would hide why it was not committed; `removeLeftovers` takes what stays.
    await this.discard().catch(() => {});
  }
}

/**
 * Renames unless the new name is taken.
 *
 * @throws OpsError E_EXISTS
 */
export function renameNoClobber(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') throw existsError(to, error);
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EMLINK')
      throw error;
    // No hard links on FAT and some network file systems, and Node has no renameat2: there the check
    // and the rename are two steps, and only the lock of the operation keeps others out in between.
    if (isThere(to)) throw existsError(to, error);
    renameSync(from, to);
    return;
  }
  rmSync(from);
}

function existsError(path: string, cause: unknown): OpsError {
  return new OpsError('E_EXISTS', `Cannot write ${path}: there is one already.`, { cause });
}
