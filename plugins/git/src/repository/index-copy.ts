import { promises } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromSystemError, systemCode } from '@om-ops/kit';
import type { Repository } from './repository.ts';

/** An index beside the user's, which git takes for the index of the repository where `env` is given. */
export interface IndexCopy extends AsyncDisposable {
  path: string;
  env: { GIT_INDEX_FILE: string };
}

/** A copy of the user's index, or an empty one. Removed with it. */
export async function indexCopy(
  { gitDir }: Repository,
  from: 'index' | 'nothing',
): Promise<IndexCopy> {
  const folder = await promises.mkdtemp(join(tmpdir(), 'om-ops-git-'));
  const path = join(folder, 'index');
  const copy: IndexCopy = {
    path,
    env: { GIT_INDEX_FILE: path },
    [Symbol.asyncDispose]: () => promises.rm(folder, { recursive: true, force: true }),
  };
  if (from === 'nothing') return copy;
  const original = join(gitDir, 'index');
  try {
    const { atime, mtimeMs } = await promises.stat(original);
    await promises.copyFile(original, path);
    // Files that changed in the moment the index was written are told by its time: a copy that is younger
    // would miss them, one that is older only reads some of them again.
    await promises.utimes(path, atime, Math.floor(mtimeMs / 1000) - 1);
  } catch (error) {
    // There is none before the first `git add`.
    if (systemCode(error) === 'ENOENT') return copy;
    await copy[Symbol.asyncDispose]();
    throw fromSystemError(error, 'copy', original);
  }
  return copy;
}
