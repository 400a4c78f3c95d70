import type { Turns } from '@om-ops/kit';
import type { Count } from '../analysis.ts';
import { regular } from '../walk/columns.ts';
import type { Tree } from '../walk/tree.ts';

/** Files that may be the same as another, because they share its size. */
export interface Candidates {
  /** Of the tree, folder after folder, which is the same order in the next run. */
  rows: Uint32Array<ArrayBuffer>;
  /** Indexes into `rows`: those of one size follow each other. */
  bySize: Uint32Array<ArrayBuffer>;
  /** Where each size ends in `bySize`. */
  sizeEnds: number[];
  /** What shares its size and is too large to be compared. */
  notHashed: Count;
}

export async function candidatesOf(
  tree: Tree,
  isFurther: Uint8Array | undefined,
  maxBytes: number,
  pace: Turns,
): Promise<Candidates> {
  const { files, folders } = tree;
  const { size, folder, kind } = files;
  const counts = new SizeTable();
  for (let row = 0; row < files.count; row += 1)
    if (kind[row] === regular && size[row]! > 0 && isFurther?.[row] !== 1)
      counts.set(size[row]!, counts.get(size[row]!) + 1);
  await pace.turn();
  const notHashed: Count = { files: 0, bytes: 0 };
  const isCandidate = new Uint8Array(files.count);
  /** Where the next file of each folder goes. */
  const next = new Uint32Array(folders.count + 1);
  for (let row = 0; row < files.count; row += 1) {
    const bytes = size[row]!;
    if (kind[row] !== regular || bytes === 0 || isFurther?.[row] === 1) continue;
    if (counts.get(bytes) < 2) continue;
    if (bytes > maxBytes) {
      notHashed.files += 1;
      notHashed.bytes += bytes;
      continue;
    }
    isCandidate[row] = 1;
    next[folder[row]! + 1]! += 1;
  }
  for (let at = 0; at < folders.count; at += 1) next[at + 1]! += next[at]!;
  await pace.turn();
  const rows = new Uint32Array(next[folders.count]!);
  for (let row = 0; row < files.count; row += 1) {
    if (isCandidate[row] === 0) continue;
    rows[next[folder[row]!]!] = row;
    next[folder[row]!]! += 1;
  }
  await pace.turn();
  const bySize = new Uint32Array(rows.length);
  const sizeEnds: number[] = [];
  /** Where the next file of each size goes, plus one. */
  const places = new SizeTable();
  let end = 0;
  for (let item = 0; item < rows.length; item += 1) {
    const bytes = size[rows[item]!]!;
    let place = places.get(bytes);
    if (place === 0) {
      place = end + 1;
      end += counts.get(bytes);
      sizeEnds.push(end);
    }
    bySize[place - 1] = item;
    places.set(bytes, place + 1);
  }
  return { rows, bySize, sizeEnds, notHashed };
}

const tabled = 1 << 20;

/** A number for each size, 0 at first. Most files are small: those need no hashing. */
class SizeTable {
  readonly #small = new Uint32Array(tabled);
  readonly #large = new Map<number, number>();

  get(bytes: number): number {
    return bytes < tabled ? this.#small[bytes]! : (this.#large.get(bytes) ?? 0);
  }

  set(bytes: number, value: number): void {
    if (bytes < tabled) this.#small[bytes] = value;
    else this.#large.set(bytes, value);
  }
}
