import { pathBytes } from '../paths/escape.ts';
import { emptyColumns, type FileColumns, nameBytesUsed, rowColumns } from './columns.ts';
import { indexOf } from './extensions.ts';
import type { MountsOfTree } from './mounts.ts';
import type { Findings } from './reader.ts';

/**
 * Folders in the order a reader of the sorted tree meets them: a folder comes before what is in it,
 * and everything below folder `f` has the numbers from `f` to `end[f]`, exclusive.
 */
export interface Folders {
  count: number;
  /** The root's is 0, itself. */
  parent: Uint32Array;
  end: Uint32Array;
  /** The folder's own, without what is in it. */
  size: Float64Array;
  blocks: Float64Array;
  modified: Float64Array;
  /** The root's is its whole path. */
  names: string[];
  /** 1: something in it was not looked at, for whatever reason; what is below it not counted. */
  partial: Uint8Array;
}

const backslash = 0x5c;

/** What a walk found, the same whatever thread found it. */
export class Tree {
  readonly folders: Folders;
  readonly files: FileColumns;
  readonly mounts: MountsOfTree;
  readonly #names: Buffer;
  #lastRow = -1;
  #lastName = '';
  readonly #paths: (string | undefined)[] = [];

  constructor(folders: Folders, files: FileColumns, mounts: MountsOfTree) {
    this.folders = folders;
    this.files = files;
    this.mounts = mounts;
    this.#names = Buffer.from(files.names.buffer, files.names.byteOffset, files.names.length);
  }

  folderPath(folder: number): string {
    const known = this.#paths[folder];
    if (known !== undefined) return known;
    const name = this.folders.names[folder]!;
    const path =
      folder === 0 ? name : `${prefixOf(this.folderPath(this.folders.parent[folder]!))}${name}`;
    this.#paths[folder] = path;
    return path;
  }

  fileName(row: number): string {
    const { nameEnd } = this.files;
    // Duplicates are asked for one after another, and mostly they have one name.
    if (this.#lastRow >= 0 && this.isNamesake(this.#lastRow, row)) return this.#lastName;
    this.#lastRow = row;
    this.#lastName = this.#names.toString('utf8', row === 0 ? 0 : nameEnd[row - 1]!, nameEnd[row]!);
    return this.#lastName;
  }

  filePath(row: number): string {
    return `${prefixOf(this.folderPath(this.files.folder[row]!))}${this.fileName(row)}`;
  }

  /** Writes the bytes of a file's name, as `fs` takes them, and returns where they end. */
  writeName(row: number, target: Buffer, start: number): number {
    const nameStart = row === 0 ? 0 : this.files.nameEnd[row - 1]!;
    const nameEnd = this.files.nameEnd[row]!;
    let at = start;
    // Names are short: a loop is quicker than a call for each.
    for (let byte = nameStart; byte < nameEnd; byte += 1, at += 1) {
      const value = this.files.names[byte]!;
      if (value === backslash) return pathBytes(this.fileName(row)).copy(target, start) + start;
      target[at] = value;
    }
    return at;
  }

  /** How many bytes `writeName` writes at most. */
  nameLength(row: number): number {
    return this.files.nameEnd[row]! - (row === 0 ? 0 : this.files.nameEnd[row - 1]!);
  }

  /** The bytes of a folder's path, as `fs` takes them, with the slash that comes before a name. */
  folderBytes(folder: number): Buffer {
    return pathBytes(prefixOf(this.folderPath(folder)));
  }

  /** Below 0 when the first comes before the second in a listing of the whole tree. */
  compareFiles(one: number, another: number): number {
    const { folder } = this.files;
    return folder[one]! - folder[another]! || this.#compareNames(one, another);
  }

  /** True when two files have the same name. */
  isNamesake(one: number, another: number): boolean {
    const { nameEnd, nameHash, names } = this.files;
    if (nameHash[one] !== nameHash[another]) return false;
    const from = one === 0 ? 0 : nameEnd[one - 1]!;
    const fromOther = another === 0 ? 0 : nameEnd[another - 1]!;
    const length = nameEnd[one]! - from;
    if (length !== nameEnd[another]! - fromOther) return false;
    for (let at = 0; at < length; at += 1)
      if (names[from + at] !== names[fromOther + at]) return false;
    return true;
  }

  #compareNames(one: number, another: number): number {
    const { nameEnd } = this.files;
    return this.#names.compare(
      this.#names,
      another === 0 ? 0 : nameEnd[another - 1]!,
      nameEnd[another]!,
      one === 0 ? 0 : nameEnd[one - 1]!,
      nameEnd[one]!,
    );
  }

  /** The deepest folder that has both below it, or is one of them. */
  commonFolder(one: number, another: number): number {
    const { parent, end } = this.folders;
    const later = Math.max(one, another);
    let folder = Math.min(one, another);
    while (end[folder]! <= later) folder = parent[folder]!;
    return folder;
  }
}

/** Everything a walk found. */
export interface Walk
  extends Pick<Findings, 'skipped' | 'skippedCount' | 'notEntered' | 'excluded'> {
  tree: Tree;
}

function prefixOf(folder: string): string {
  return folder.endsWith('/') ? folder : `${folder}/`;
}

/**
 * Puts what the threads found into one tree. The first findings hold the root.
 *
 * @param threads by how many folders were numbered; those which found nothing may be left out at the end
 */
export function joinFindings(
  findings: readonly Findings[],
  threads: number,
  mounts: MountsOfTree,
): Walk {
  const starts = [0];
  for (const { folders } of findings) starts.push(starts.at(-1)! + folders.count);
  const count = starts.at(-1)!;
  const found = {
    parent: new Uint32Array(count),
    size: new Float64Array(count),
    blocks: new Float64Array(count),
    modified: new Float64Array(count),
    names: findings.flatMap(({ folders }) => folders.names),
  };
  // Threads number their folders independently: row × threads + thread.
  const rowOf = (number: number): number =>
    starts[number % threads]! + Math.floor(number / threads);
  for (const [thread, { folders }] of findings.entries()) {
    const start = starts[thread]!;
    for (let row = 0; row < folders.count; row += 1)
      found.parent[start + row] = rowOf(folders.parent[row]!);
    for (const key of ['size', 'blocks', 'modified'] as const)
      found[key].set(folders[key].subarray(0, folders.count), start);
  }
  const { order, folders } = inReadingOrder(found);
  for (const { partial } of findings)
    for (const number of partial) folders.partial[order[rowOf(number)]!] = 1;
  const files = joinFiles(findings);
  let number = -1;
  let folder = 0;
  for (let row = 0; row < files.count; row += 1) {
    // The files of a folder follow each other.
    if (files.folder[row] !== number) {
      number = files.folder[row]!;
      folder = order[rowOf(number)]!;
    }
    files.folder[row] = folder;
  }
  return {
    tree: new Tree(folders, files, mounts),
    skipped: findings.flatMap(({ skipped }) => skipped),
    skippedCount: sum(findings.map(({ skippedCount }) => skippedCount)),
    notEntered: findings.flatMap(({ notEntered }) => notEntered),
    excluded: sum(findings.map(({ excluded }) => excluded)),
  };
}

/** `order[row]` is the folder's number in the sorted tree. */
function inReadingOrder(found: Omit<Folders, 'count' | 'end' | 'partial'>): {
  order: Uint32Array;
  folders: Folders;
} {
  const count = found.parent.length;
  const { children, first } = childrenOf(found.parent);
  const order = new Uint32Array(count);
  const folders: Folders = {
    count,
    parent: new Uint32Array(count),
    end: new Uint32Array(count),
    size: new Float64Array(count),
    blocks: new Float64Array(count),
    modified: new Float64Array(count),
    names: new Array<string>(count),
    partial: new Uint8Array(count),
  };
  const { names } = found;
  const open = [0];
  for (let number = 0; number < count; number += 1) {
    const row = open.pop()!;
    order[row] = number;
    folders.parent[number] = order[found.parent[row]!]!;
    folders.size[number] = found.size[row]!;
    folders.blocks[number] = found.blocks[row]!;
    folders.modified[number] = found.modified[row]!;
    folders.names[number] = names[row]!;
    const below = children.subarray(first[row]!, first[row + 1]!);
    // Last first, because `open` is a stack.
    below.sort((one, another) => (names[one]! < names[another]! ? 1 : -1));
    for (const child of below) open.push(child);
  }
  folders.end.fill(0);
  for (let number = count - 1; number >= 0; number -= 1) {
    folders.end[number] = Math.max(folders.end[number]!, number + 1);
    const parent = folders.parent[number]!;
    folders.end[parent] = Math.max(folders.end[parent]!, folders.end[number]!);
  }
  return { order, folders };
}

/** The children of folder `f` are `children[first[f]]` to `children[first[f + 1]]`, exclusive. */
function childrenOf(parent: Uint32Array): { children: Uint32Array; first: Uint32Array } {
  const count = parent.length;
  const first = new Uint32Array(count + 1);
  for (let row = 1; row < count; row += 1) first[parent[row]! + 1]! += 1;
  for (let row = 0; row < count; row += 1) first[row + 1]! += first[row]!;
  const next = first.slice();
  const children = new Uint32Array(Math.max(0, count - 1));
  for (let row = 1; row < count; row += 1) {
    const at = parent[row]!;
    children[next[at]!] = row;
    next[at]! += 1;
  }
  return { children, first };
}

function joinFiles(findings: readonly Findings[]): FileColumns {
  const parts = findings.flatMap(({ files }) => files);
  const joined = emptyColumns(
    sum(parts.map(({ count }) => count)),
    sum(parts.map((part) => nameBytesUsed(part))),
  );
  const extensions = new Map<string, number>();
  const devices = new Map<string, number>();
  const columns = rowColumns(joined);
  let start = 0;
  let nameStart = 0;
  for (const part of parts) {
    for (const [at, column] of rowColumns(part).entries())
      columns[at]!.set(column.subarray(0, part.count), start);
    joined.names.set(part.names.subarray(0, nameBytesUsed(part)), nameStart);
    const extension = part.extensions.map((text) => indexOf(extensions, text.toLowerCase()));
    const device = part.devices.map((text) => indexOf(devices, text));
    const isSame = [extension, device].every((indexes) => indexes.every((to, from) => to === from));
    for (let row = start; row < start + part.count && !isSame; row += 1) {
      joined.extension[row] = extension[joined.extension[row]!]!;
      joined.device[row] = device[joined.device[row]!]!;
    }
    for (let row = start; row < start + part.count && nameStart > 0; row += 1)
      joined.nameEnd[row]! += nameStart;
    start += part.count;
    nameStart += nameBytesUsed(part);
  }
  joined.count = start;
  joined.extensions = [...extensions.keys()];
  joined.devices = [...devices.keys()];
  return joined;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
