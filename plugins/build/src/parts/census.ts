import { type Dirent, promises, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, isoOrNull, systemCode, Turns } from '@om-ops/kit';

export interface CountedFile {
  /** Absolute. */
  path: string;
  bytes: number;
  mtimeMs: number;
}

/** What is in a folder, all the way down. */
export interface Census {
  exists: boolean;
  files: number;
  bytes: number;
  /** ISO 8601; null without files. */
  newest: string | null;
  newestPath: string | null;
}

export interface CountedFolder {
  census: Census;
  files: CountedFile[];
  /** Folders that may not be read, and links that lead nowhere. */
  unreadable: { path: string; reason: string }[];
}

export interface CountOptions {
  signal: AbortSignal;
  /** Whether a folder of this name is left out. */
  skips?(name: string): boolean;
}

const nothing: Census = { exists: false, files: 0, bytes: 0, newest: null, newestPath: null };

/**
 * Counts what is in a folder; links are followed, a circle of them once. One that is not there has nothing.
 *
 * @throws OpsError E_PERMISSION (exit 5), E_IO, E_NOT_A_FOLDER; E_INTERRUPTED
 */
export async function countFolder(
  path: string,
  { signal, skips }: CountOptions,
): Promise<CountedFolder> {
  const turns = new Turns({ signal });
  const files: CountedFile[] = [];
  const unreadable: CountedFolder['unreadable'] = [];
  const visited = new Set<string>();
  const lost = (at: string, error: unknown) => {
    const { message } = fromSystemError(error, 'read', at);
    unreadable.push({ path: at, reason: message });
  };
  const read = async (folder: string, entries: readonly Dirent[]): Promise<void> => {
    for (const entry of entries) {
      await turns.turn();
      const at = join(folder, entry.name);
      try {
        const stat = statSync(at);
        if (stat.isFile()) files.push({ path: at, bytes: stat.size, mtimeMs: stat.mtimeMs });
        else if (stat.isDirectory() && skips?.(entry.name) !== true) {
          const real = entry.isSymbolicLink() ? realpathSync(at) : at;
          if (entry.isSymbolicLink() && visited.has(real)) continue;
          visited.add(real);
          await read(at, await promises.readdir(at, { withFileTypes: true }));
        }
      } catch (error) {
        if (systemCode(error) === undefined) throw error;
        // Gone while it was counted: only a link that leads nowhere is still there.
        if (systemCode(error) !== 'ENOENT' || entry.isSymbolicLink()) lost(at, error);
      }
    }
  };
  let entries: Dirent[];
  try {
    visited.add(realpathSync(path));
    entries = await promises.readdir(path, { withFileTypes: true });
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { census: nothing, files, unreadable };
    throw fromSystemError(error, 'read', path);
  }
  await read(path, entries);
  return { census: censusOf(files), files, unreadable };
}

function censusOf(files: readonly CountedFile[]): Census {
  let bytes = 0;
  let newest: CountedFile | undefined;
  for (const file of files) {
    bytes += file.bytes;
    if (newest === undefined || file.mtimeMs > newest.mtimeMs) newest = file;
  }
  return {
    exists: true,
    files: files.length,
    bytes,
    newest: newest === undefined ? null : isoOrNull(newest.mtimeMs),
    newestPath: newest?.path ?? null,
  };
}
