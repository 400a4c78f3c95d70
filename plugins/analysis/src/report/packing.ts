import type { DuplicateRow, PackedDuplicates, RunTables } from './types.ts';

// The page bundles this file, so nothing of Node may be imported here; `pack.ts` is the other half.

/** Reads what `packTables` made. */
export async function unpackTables(packed: string): Promise<RunTables> {
  const binary = atob(packed);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  const json = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return JSON.parse(await new Response(json).text()) as RunTables;
}

/** What all but one of so many files take on a disk with blocks of the usual size. */
export function plainWaste(bytes: number, count: number): number {
  return Math.ceil(bytes / 4096) * 4096 * Math.max(0, count - 1);
}

/** Reads what `packDuplicates` made, in the same order. */
export function unpackDuplicates(packed: PackedDuplicates): DuplicateRow[] {
  const { names, bytes, wastedBeyond, counts } = packed;
  const folders = foldersOf(packed);
  let at = 0;
  let folder = 0;
  let name = 0;
  return counts.map((count, group) => {
    const paths: string[] = [];
    for (let end = at + count; at < end; at++) {
      folder += packed.folders[at] ?? 0;
      name += packed.files[at] ?? 0;
      paths.push(`${folders[folder] ?? ''}${names[name] ?? ''}`);
    }
    const each = bytes[group] ?? 0;
    return {
      bytes: each,
      wastedBytes: plainWaste(each, count) + (wastedBeyond[group] ?? 0),
      paths,
    };
  });
}

/** The path of every folder, with its closing slash. */
function foldersOf({ names, folderParents, folderNames }: PackedDuplicates): string[] {
  const folders: string[] = [];
  for (const [at, back] of folderParents.entries()) {
    const name = names[folderNames[at] ?? 0] ?? '';
    folders.push(at === 0 ? '/' : `${folders[at - back] ?? '/'}${name}/`);
  }
  return folders;
}
