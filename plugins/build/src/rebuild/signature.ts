import { createHash } from 'node:crypto';
import { lstatSync, promises, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode, Turns } from '@om-ops/kit';

export interface Tree {
  /** Of names, numbers, sizes and times of all that is in it: another one when anything was written. */
  signature: string;
  files: number;
  bytes: number;
}

/** What a file or folder is like now, without reading it; undefined when it is not there. @throws what the file system throws */
export async function treeAt(path: string, signal: AbortSignal): Promise<Tree | undefined> {
  const turns = new Turns({ signal });
  const hash = createHash('sha256');
  const tree = { files: 0, bytes: 0 };
  const add = async (at: string, name: string): Promise<void> => {
    await turns.turn();
    const stat = lstatSync(at);
    const { ino, size, mtimeMs, mode, uid, gid } = stat;
    hash.update(`${name}\0${ino} ${mode} ${uid} ${gid} `);
    if (!stat.isDirectory()) {
      hash.update(`${size} ${mtimeMs}\n`);
      tree.files += 1;
      tree.bytes += size;
      return;
    }
    for (const entry of (await promises.readdir(at)).sort())
      await add(join(at, entry), `${name}/${entry}`);
  };
  try {
    await add(path, '');
  } catch (error) {
    if (systemCode(error) === 'ENOENT' && statSync(path, { throwIfNoEntry: false }) === undefined)
      return undefined;
    throw error;
  }
  return { ...tree, signature: hash.digest('hex') };
}

/** Files of a folder that were written since then. Absolute. */
export async function writtenSince(
  path: string,
  sinceMs: number,
  signal: AbortSignal,
): Promise<string[]> {
  const turns = new Turns({ signal });
  const found: string[] = [];
  const look = async (at: string): Promise<void> => {
    await turns.turn();
    const stat = lstatSync(at);
    if (stat.isDirectory())
      for (const name of await promises.readdir(at)) await look(join(at, name));
    else if (stat.isFile() && stat.mtimeMs >= sinceMs) found.push(at);
  };
  await look(path);
  return found;
}
