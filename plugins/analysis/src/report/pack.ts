import { promisify } from 'node:util';
import { plainWaste } from './packing.ts';
import type { PackedDuplicates, RunTables } from './types.ts';

/** base64 of gzip of the JSON, and how long that JSON is. `unpackTables` reads it. */
export async function packTables(
  tables: RunTables,
): Promise<{ packed: string; unpackedBytes: number }> {
  const { gzip } = await import('node:zlib');
  const json = Buffer.from(JSON.stringify(tables));
  // Not the best level: it takes six times as long for three per cent.
  const packed = await promisify(gzip)(json);
  return { packed: packed.toString('base64'), unpackedBytes: json.length };
}

/** Groups as a dictionary of folders and names. `unpackDuplicates` reads it. Paths are absolute. */
export function packDuplicates(
  groups: readonly { bytes: number; wastedBytes: number; paths: readonly string[] }[],
): PackedDuplicates {
  const made = new Dictionary();
  const packed: PackedDuplicates = {
    names: made.names,
    folderParents: made.folderParents,
    folderNames: made.folderNames,
    bytes: groups.map(({ bytes }) => bytes),
    wastedBeyond: groups.map(
      ({ bytes, wastedBytes, paths }) => wastedBytes - plainWaste(bytes, paths.length),
    ),
    counts: groups.map(({ paths }) => paths.length),
    folders: [],
    files: [],
  };
  let lastFolder = 0;
  let lastName = 0;
  for (const { paths } of groups) {
    for (const path of paths) {
      const cut = path.lastIndexOf('/');
      const folder = made.folder(path.slice(0, Math.max(0, cut)));
      const name = made.name(path.slice(cut + 1));
      packed.folders.push(folder - lastFolder);
      packed.files.push(name - lastName);
      lastFolder = folder;
      lastName = name;
    }
  }
  return packed;
}

/** Gives every name and every folder a number, parents before children; folder 0 is `/`. */
class Dictionary {
  readonly names: string[] = [];
  readonly folderParents: number[] = [];
  readonly folderNames: number[] = [];
  readonly #nameIds = new Map<string, number>();
  readonly #folderIds = new Map<string, number>();

  constructor() {
    this.#add('', 0, '');
  }

  name(name: string): number {
    let id = this.#nameIds.get(name);
    if (id === undefined) {
      id = this.names.push(name) - 1;
      this.#nameIds.set(name, id);
    }
    return id;
  }

  /** A folder's path without its closing slash; '' is `/`. */
  folder(path: string): number {
    const known = this.#folderIds.get(path);
    if (known !== undefined) return known;
    const cut = path.lastIndexOf('/');
    return this.#add(path, this.folder(path.slice(0, Math.max(0, cut))), path.slice(cut + 1));
  }

  #add(path: string, parent: number, name: string): number {
    const id = this.folderNames.push(this.name(name)) - 1;
    this.folderParents.push(id - parent);
    this.#folderIds.set(path, id);
    return id;
  }
}
