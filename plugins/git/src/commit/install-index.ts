import { promises } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, OpsError, systemCode } from '@om-ops/kit';
import type { IndexCopy } from '../repository/index-copy.ts';
import type { Repository } from '../repository/repository.ts';

/** What an index is, to be compared; `none` before the first `git add`. */
export async function indexState({ gitDir }: Repository): Promise<string> {
  try {
    const { size, mtimeNs, ino } = await promises.stat(join(gitDir, 'index'), { bigint: true });
    return `${size} ${mtimeNs} ${ino}`;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 'none';
    throw error;
  }
}

/** @throws OpsError E_GIT_BUSY (exit 1) while another git writes the index, or was cut off while it did */
export async function assertIndexFree({ gitDir }: Repository): Promise<void> {
  const lock = join(gitDir, 'index.lock');
  if ((await promises.lstat(lock).catch(() => undefined)) !== undefined) throw indexBusy(lock);
}

function indexBusy(lock: string): OpsError {
  return new OpsError('E_GIT_BUSY', `Another git is at work on the repository: ${lock} is there.`, {
    suggestions: [
      'Run the command again when the other git has ended.',
      `If none is running, one was cut off; remove its lock: rm ${lock}`,
    ],
  });
}

/**
 * Makes an index of ours the user's, as git itself does: under its lock, whole or not at all, and only if the user's is
 * still what it was.
 *
 * @throws OpsError E_GIT_BUSY, E_CHANGED_MEANWHILE (exit 1)
 */
export async function installIndex(
  repository: Repository,
  copy: IndexCopy,
  before: string,
): Promise<void> {
  const index = join(repository.gitDir, 'index');
  const lock = `${index}.lock`;
  const other = await repository.runsAs();
  const mode = await promises.stat(index).then(
    (stat) => stat.mode & 0o777,
    () => 0o644,
  );
  const { O_CREAT, O_EXCL, O_RDONLY, O_NOFOLLOW, O_WRONLY } = promises.constants;
  let handle: promises.FileHandle | undefined;
  try {
    await using from = await promises.open(copy.path, O_RDONLY | O_NOFOLLOW);
    handle = await promises.open(lock, O_CREAT | O_EXCL | O_WRONLY, 0o600);
    // By its descriptor: its folder is the owner's, who could put a link in its place.
    await handle.writeFile(await from.readFile());
    await handle.chmod(mode);
    if (other !== undefined) await handle.chown(other.uid, other.gid);
    const { atime, mtimeMs } = await from.stat();
    await handle.utimes(atime, new Date(Math.floor(mtimeMs / 1000) * 1000 - 1000));
    await handle.sync();
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw indexBusy(lock);
    if (handle !== undefined) await promises.rm(lock, { force: true });
    throw fromSystemError(error, 'write', lock);
  } finally {
    await handle?.close();
  }
  try {
    if ((await indexState(repository)) !== before)
      throw new OpsError('E_CHANGED_MEANWHILE', 'Another git has changed the index meanwhile.');
    await promises.rename(lock, index);
  } catch (error) {
    await promises.rm(lock, { force: true });
    throw error;
  }
}
