import { promises } from 'node:fs';
import { join } from 'node:path';
import type { Repository } from './repository.ts';

/**
 * Where root runs git itself, because it was told to trust the owner: what root has made in a repository of another user is given to that user, who could not go on with it otherwise:
 * git refuses to add to folders of objects that are root's.
 */
export async function handOver(repository: Repository): Promise<void> {
  const { gitDir, owner } = repository;
  if (owner === undefined || process.geteuid?.() !== 0) return;
  if ((await repository.runsAs()) === undefined) await handOverFolder(gitDir, owner);
}

async function handOverFolder(folder: string, owner: { uid: number; gid: number }): Promise<void> {
  for (const entry of await promises.readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    try {
      const { uid, nlink } = await promises.lstat(path);
      // A second name of a file may be another repository's, or no repository's at all.
      if (uid === 0 && (entry.isDirectory() || nlink === 1))
        await promises.lchown(path, owner.uid, owner.gid);
      if (entry.isDirectory()) await handOverFolder(path, owner);
    } catch {
      // It was git's for a moment, and is gone.
    }
  }
}
