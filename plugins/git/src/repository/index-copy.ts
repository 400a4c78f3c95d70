import { promises } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromSystemError, systemCode } from '@om-ops/kit';
import type { Repository } from './repository.ts';

/** An index beside the user's, which git takes for the index of the repository where `env` is given. */
export interface IndexCopy extends AsyncDisposable {
  path: string;
  /** Where it lies, and what belongs to it may: removed with it. */
  folder: string;
  /** What was copied; undefined of an empty one. */
  original: Buffer | undefined;
  env: { GIT_INDEX_FILE: string };
}

/** A copy of the user's index, or an empty one. Removed with it. */
export async function indexCopy(
  repository: Repository,
  from: 'index' | 'nothing',
): Promise<IndexCopy> {
  const { gitDir } = repository;
  const other = await repository.runsAs();
  const folder = await promises.mkdtemp(join(tmpdir(), 'om-ops-git-'));
  const path = join(folder, 'index');
  const copy: IndexCopy = {
    path,
    folder,
    original: undefined,
    env: { GIT_INDEX_FILE: path },
    [Symbol.asyncDispose]: () => promises.rm(folder, { recursive: true, force: true }),
  };
  // From then on the folder is its, too, and nothing in it is changed by name.
  const hand = () =>
    other === undefined ? undefined : promises.chown(folder, other.uid, other.gid);
  if (from === 'nothing') {
    await hand();
    return copy;
  }
  const original = join(gitDir, 'index');
  try {
    const { mtimeNs } = await promises.stat(original, { bigint: true });
    const seconds = Number(mtimeNs / 1_000_000_000n);
    copy.original = await promises.readFile(original);
    await promises.writeFile(path, copy.original);
    // Files that changed in the moment the index was written are told by its time: a copy that is younger
    // would miss them, one that is older only reads some of them again.
    await promises.utimes(path, seconds, seconds);
    if (other !== undefined) await promises.chown(path, other.uid, other.gid);
  } catch (error) {
    // There is none before the first `git add`.
    if (systemCode(error) !== 'ENOENT') {
      await copy[Symbol.asyncDispose]();
      throw fromSystemError(error, 'copy', original);
    }
  }
  await hand();
  return copy;
}
