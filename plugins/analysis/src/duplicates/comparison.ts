import type { Progress, Turns } from '@om-ops/kit';
import type { Skipped } from '../analysis.ts';
import { Groups } from '../groups.ts';
import type { Tree } from '../walk/tree.ts';
import type { HashCrew } from './crew.ts';
import type { HashColumns } from './hash-file.ts';
import { endsBytes, lastBytes, smallBytes } from './hashing.ts';
import { batches, mostFirst, type TaskGroup } from './task-groups.ts';
import { changed, type Depth, digestBytes, done, forbidden, HashTasks, vanished } from './tasks.ts';

const reasons: Record<number, Skipped['reason']> = {
  [changed]: 'changed',
  [vanished]: 'vanished',
  [forbidden]: 'permission denied',
};
const skippedKept = 1000;
/** Files that are read one after another without being compared. */
const looseTogether = 64;
const seenNames = 1 << 16;

/** What is read in one go. */
interface Batch {
  groups: readonly TaskGroup[];
  tasks: HashTasks;
}

/**
 * The files that share their size with another, on the way to their hashes. An item is one of them:
 * `rows` says which row of the tree, `files` what is known of it.
 */
export class Comparison {
  readonly skipped: Skipped[] = [];
  skippedCount = 0;
  read = 0;
  bytesRead = 0;
  readonly #tree: Tree;
  readonly #rows: Uint32Array;
  readonly #files: HashColumns;
  readonly #crew: HashCrew;
  readonly #pace: Turns;
  readonly #progress: Progress;
  /** For each folder of the tree its place in the batch that is made, from 1; 0: it is not in it. */
  readonly #folderIndex: Uint32Array;
  /** CRC-32 of both ends, of those whose last bytes are not enough. */
  readonly #ends = new Map<number, number>();

  constructor(
    tree: Tree,
    rows: Uint32Array,
    files: HashColumns,
    crew: HashCrew,
    pace: Turns,
    progress: Progress,
  ) {
    this.#tree = tree;
    this.#rows = rows;
    this.#files = files;
    this.#crew = crew;
    this.#pace = pace;
    this.#progress = progress;
    this.#folderIndex = new Uint32Array(tree.folders.count);
  }

  /**
   * Reads the last bytes, unless they are known. Small files that are probably the same, because they have
   * the name of another too, are read whole where these are the same and get their SHA-256 already.
   *
   * @param bySize all items, those of one size after each other
   * @param sizeEnds where each size ends
   */
  async readEnds(bySize: Uint32Array, sizeEnds: readonly number[]): Promise<void> {
    const { count, hasHead, size } = this.#files;
    const isLoose = new Uint8Array(count);
    for (let item = 0; item < count; item += 1) if (hasHead[item] === 0) isLoose[item] = 1;
    const namesakes = isLoose.includes(1) ? this.#takeNamesakes(bySize, sizeEnds, isLoose) : [];
    const loose: TaskGroup[] = [];
    let items: number[] = [];
    // Folder after folder: what lies together is opened several times as fast.
    for (let item = 0; item < count; item += 1) {
      if (isLoose[item] === 0) continue;
      if (items.length === 0) loose.push({ items, needsDigest: false });
      items.push(item);
      if (items.length === looseTogether) items = [];
    }
    const bytesOf = (item: number): number => Math.min(size[item]!, lastBytes);
    const stage = 'comparing ends';
    await this.#work(loose, 'last', stage, bytesOf);
    await this.#work(mostFirst(namesakes, bytesOf), 'last-then-whole', stage, bytesOf);
  }

  /** Groups what has the size and the name of another, and takes it out of `isLoose`. */
  #takeNamesakes(
    bySize: Uint32Array,
    sizeEnds: readonly number[],
    isLoose: Uint8Array,
  ): TaskGroup[] {
    const { nameHash } = this.#tree.files;
    const namesakes: TaskGroup[] = [];
    const seen = new Uint32Array(seenNames);
    let begin = 0;
    for (const end of sizeEnds) {
      const ofSize = bySize.subarray(begin, end);
      begin = end;
      // Names that are all different are the rule among files that are.
      if (!this.#mayShareName(ofSize, seen, end)) continue;
      const isShared = new Map<number, boolean>();
      for (const item of ofSize) {
        const hash = nameHash[this.#rows[item]!]!;
        isShared.set(hash, isShared.has(hash));
      }
      const items = [...ofSize].filter(
        (item) => isLoose[item] === 1 && isShared.get(nameHash[this.#rows[item]!]!)!,
      );
      for (const item of items) isLoose[item] = 0;
      if (items.length > 0) namesakes.push({ items, needsDigest: false });
    }
    return namesakes;
  }

  /**
   * False when no two have the same name.
   *
   * @param seen for a part of each name's hash the `mark` of those that had it last
   */
  #mayShareName(items: Uint32Array, seen: Uint32Array, mark: number): boolean {
    const { nameHash } = this.#tree.files;
    for (const item of items) {
      const hash = nameHash[this.#rows[item]!]! % seenNames;
      if (seen[hash] === mark) return true;
      seen[hash] = mark;
    }
    return false;
  }

  /** Reads whole what ends like another and has no SHA-256 yet. */
  async readContents(): Promise<void> {
    const { count, size, head, hasHead, isWhole } = this.#files;
    const alike = new Groups(
      count,
      (item) => head[item]!,
      (one, another) => size[one] === size[another] && head[one] === head[another],
    );
    for (let item = 0; item < count; item += 1) if (hasHead[item] === 1) alike.add(item);
    const groups: TaskGroup[] = [];
    const large: TaskGroup[] = [];
    for (const all of alike.withCompany()) {
      const items = all.filter((item) => isWhole[item] === 0);
      if (items.length === 0) continue;
      const needsDigest = items.length < all.length;
      const isLarge = size[items[0]!]! > smallBytes && !needsDigest;
      (isLarge ? large : groups).push({ items, needsDigest });
    }
    groups.push(...(await this.#withSameEnds(large)));
    const bytesOf = (item: number): number => size[item]!;
    await this.#work(mostFirst(groups, bytesOf), 'contents', 'comparing contents', bytesOf);
  }

  /** Of large files both ends are cheaper to read than the whole, and often differ where the last bytes do not. */
  async #withSameEnds(groups: readonly TaskGroup[]): Promise<TaskGroup[]> {
    await this.#work(groups, 'ends', 'comparing ends', () => endsBytes);
    return groups.flatMap(({ items, needsDigest }) => {
      const byEnds = Map.groupBy(items, (item) => this.#ends.get(item));
      byEnds.delete(undefined);
      return [...byEnds.values()]
        .filter((same) => same.length > 1)
        .map((same) => ({ items: same, needsDigest }));
    });
  }

  /** Items with the same content. */
  async same(): Promise<number[][]> {
    const { count, size, isWhole, digest } = this.#files;
    const digests = new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
    const groups = new Groups(
      count,
      (item) => digests.getUint32(item * digestBytes),
      (one, another) => {
        if (size[one] !== size[another]) return false;
        const from = one * digestBytes;
        const fromOther = another * digestBytes;
        for (let at = 0; at < digestBytes; at += 4)
          if (digests.getUint32(from + at) !== digests.getUint32(fromOther + at)) return false;
        return true;
      },
    );
    for (let item = 0; item < count; item += 1) {
      if ((item & 0x3fff) === 0) await this.#pace.turn();
      if (isWhole[item] === 1) groups.add(item);
    }
    return groups.withCompany();
  }

  async #work(
    groups: readonly TaskGroup[],
    depth: Depth,
    stage: string,
    bytesOf: (item: number) => number,
  ): Promise<void> {
    let totalBytes = 0;
    let totalFiles = 0;
    for (const { items } of groups) {
      for (const item of items) totalBytes += bytesOf(item);
      totalFiles += items.length;
    }
    let filesBefore = 0;
    let bytesBefore = 0;
    const left = batches(groups);
    let next = this.#nextTasks(left, depth);
    let before: Batch | undefined;
    while (next !== undefined) {
      const batch: Batch = next;
      await this.#pace.turn();
      await this.#crew.work(batch.tasks, {
        bytes: totalBytes,
        pace: this.#pace,
        // The other thread reads already.
        meanwhile: () => {
          if (before !== undefined) this.#takeAll(before);
          next = this.#nextTasks(left, depth);
        },
        onRead: ({ files, bytes }) =>
          this.#progress.report({
            stage,
            files: filesBefore + files,
            totalFiles,
            // Small files that end like another are read whole, which nobody knows before.
            bytes: Math.min(bytesBefore + bytes, totalBytes),
            totalBytes,
          }),
      });
      const { files, bytes } = batch.tasks.read();
      filesBefore += files;
      bytesBefore += bytes;
      before = batch;
    }
    if (before !== undefined) this.#takeAll(before);
    this.read += filesBefore;
    this.bytesRead += bytesBefore;
  }

  #nextTasks(left: Iterator<TaskGroup[]>, depth: Depth): Batch | undefined {
    const { value: groups, done: isOver } = left.next();
    return isOver === true ? undefined : { groups, tasks: this.#tasksFor(groups, depth) };
  }

  #tasksFor(batch: readonly TaskGroup[], depth: Depth): HashTasks {
    const { folder: folderOf } = this.#tree.files;
    const folders = new Map<number, Buffer>();
    let count = 0;
    let folderBytes = 0;
    let nameBytes = 0;
    for (const { items } of batch) {
      count += items.length;
      for (const item of items) {
        const row = this.#rows[item]!;
        nameBytes += this.#tree.nameLength(row);
        const folder = folderOf[row]!;
        if (this.#folderIndex[folder] !== 0) continue;
        const path = this.#tree.folderBytes(folder);
        folders.set(folder, path);
        folderBytes += path.length;
        this.#folderIndex[folder] = folders.size;
      }
    }
    const tasks = HashTasks.create({
      count,
      groups: batch.length,
      folders: folders.size,
      folderBytes,
      nameBytes,
      threads: this.#crew.threads,
      depth,
    });
    let task = 0;
    let end = 0;
    for (const [group, { items, needsDigest }] of batch.entries()) {
      for (const item of items) {
        const row = this.#rows[item]!;
        tasks.sizes[task] = this.#files.size[item]!;
        tasks.folders[task] = this.#folderIndex[folderOf[row]!]! - 1;
        end = this.#tree.writeName(row, tasks.names, end);
        tasks.nameEnds[task] = end;
        task += 1;
      }
      tasks.groupEnds[group] = task;
      tasks.needDigest[group] = needsDigest ? 1 : 0;
    }
    let index = 0;
    let folderEnd = 0;
    for (const [folder, path] of folders) {
      path.copy(tasks.folderPaths, folderEnd);
      folderEnd += path.length;
      tasks.folderEnds[index] = folderEnd;
      index += 1;
      this.#folderIndex[folder] = 0;
    }
    return tasks;
  }

  #takeAll({ groups, tasks }: Batch): void {
    let task = 0;
    for (const { items } of groups)
      for (const item of items) {
        this.#take(tasks, task, item);
        task += 1;
      }
  }

  #take(tasks: HashTasks, task: number, item: number): void {
    const files = this.#files;
    const state = tasks.states[task]!;
    if (state !== done) {
      this.#lose(item, state);
      return;
    }
    if (tasks.depth === 'ends') this.#ends.set(item, tasks.heads[task]!);
    else if (tasks.depth !== 'contents') {
      files.head[item] = tasks.heads[task]!;
      files.hasHead[item] = 1;
    }
    if (tasks.hasDigest[task] === 0) return;
    for (let byte = 0; byte < digestBytes; byte += 1)
      files.digest[item * digestBytes + byte] = tasks.digests[task * digestBytes + byte]!;
    files.isWhole[item] = 1;
  }

  #lose(item: number, state: number): void {
    this.#files.hasHead[item] = 0;
    this.#files.isWhole[item] = 0;
    this.skippedCount += 1;
    if (this.skipped.length >= skippedKept) return;
    const path = this.#tree.filePath(this.#rows[item]!);
    this.skipped.push({ path, reason: reasons[state] ?? 'unreadable' });
  }
}
