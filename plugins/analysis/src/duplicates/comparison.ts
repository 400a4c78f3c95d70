import type { Progress, Turns } from '@om-ops/kit';
import type { Skipped } from '../analysis.ts';
import { Groups } from '../groups.ts';
import type { Tree } from '../walk/tree.ts';
import type { HashCrew } from './crew.ts';
import type { HashColumns } from './hash-file.ts';
import { endsBytes, lastBytes, smallBytes } from './hashing.ts';
import { changed, digestBytes, done, forbidden, HashTasks, vanished } from './tasks.ts';

const reasons: Record<number, Skipped['reason']> = {
  [changed]: 'changed',
  [vanished]: 'vanished',
  [forbidden]: 'permission denied',
};
const tasksPerBatch = 40_000;
const skippedKept = 1000;
/** What opening a file costs, in bytes that could be read instead. */
const openingCost = 20_000;

/** Files to read one after another, because they may be the same. */
interface TaskGroup {
  items: number[];
  needsDigest: boolean;
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
  }

  /**
   * Reads the ends, unless they are known, and small files whole where those are the same: these get
   * their SHA-256 already.
   *
   * @param sizeEnds where each group of files of the same size ends
   */
  async readBeginnings(sizeEnds: readonly number[]): Promise<void> {
    const { hasHead, size } = this.#files;
    const groups: TaskGroup[] = [];
    let begin = 0;
    for (const end of sizeEnds) {
      const items: number[] = [];
      for (let item = begin; item < end; item += 1) if (hasHead[item] === 0) items.push(item);
      if (items.length > 0) groups.push({ items, needsDigest: false });
      begin = end;
    }
    const bytesOf = (item: number): number =>
      size[item]! > smallBytes ? endsBytes : Math.min(size[item]!, lastBytes);
    await this.#work(groups, false, 'comparing beginnings', bytesOf);
  }

  /** Reads whole what begins like another and has no SHA-256 yet. */
  async readContents(): Promise<void> {
    const { count, size, head, hasHead, isWhole } = this.#files;
    const alike = new Groups(
      count,
      (item) => head[item]!,
      (one, another) => size[one] === size[another] && head[one] === head[another],
    );
    for (let item = 0; item < count; item += 1) if (hasHead[item] === 1) alike.add(item);
    const groups = alike.withCompany().flatMap((all): TaskGroup[] => {
      const items = all.filter((item) => isWhole[item] === 0);
      return items.length === 0 ? [] : [{ items, needsDigest: items.length < all.length }];
    });
    await this.#work(groups, true, 'comparing contents', (item) => size[item]!);
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
    groups: TaskGroup[],
    isContents: boolean,
    stage: string,
    bytesOf: (item: number) => number,
  ): Promise<void> {
    const costs = new Map<TaskGroup, number>();
    let totalBytes = 0;
    let totalFiles = 0;
    for (const group of groups) {
      let bytes = 0;
      for (const item of group.items) bytes += bytesOf(item);
      costs.set(group, bytes + group.items.length * openingCost);
      totalBytes += bytes;
      totalFiles += group.items.length;
    }
    // The most first, so that no thread is left alone with much at the end.
    groups.sort((one, another) => costs.get(another)! - costs.get(one)!);
    let filesBefore = 0;
    let bytesBefore = 0;
    for (const batch of batches(groups)) {
      const tasks = this.#tasksFor(batch, isContents);
      await this.#pace.turn();
      await this.#crew.work(tasks, totalBytes, this.#pace, ({ files, bytes }) =>
        this.#progress.report({
          stage,
          files: filesBefore + files,
          totalFiles,
          // Small files that end like another are read whole, which nobody knows before.
          bytes: Math.min(bytesBefore + bytes, totalBytes),
          totalBytes,
        }),
      );
      const { files, bytes } = tasks.read();
      filesBefore += files;
      bytesBefore += bytes;
      let task = 0;
      for (const { items } of batch)
        for (const item of items) {
          this.#take(tasks, task, item);
          task += 1;
        }
    }
    this.read += filesBefore;
    this.bytesRead += bytesBefore;
  }

  #tasksFor(batch: readonly TaskGroup[], isContents: boolean): HashTasks {
    let count = 0;
    let pathBytes = 0;
    for (const { items } of batch) {
      count += items.length;
      for (const item of items) pathBytes += this.#tree.pathLength(this.#rows[item]!);
    }
    const { threads } = this.#crew;
    const tasks = HashTasks.create({ count, groups: batch.length, pathBytes, threads, isContents });
    let task = 0;
    let end = 0;
    for (const [group, { items, needsDigest }] of batch.entries()) {
      for (const item of items) {
        tasks.sizes[task] = this.#files.size[item]!;
        end = this.#tree.writePath(this.#rows[item]!, tasks.paths, end);
        tasks.pathEnds[task] = end;
        task += 1;
      }
      tasks.groupEnds[group] = task;
      tasks.needDigest[group] = needsDigest ? 1 : 0;
    }
    return tasks;
  }

  #take(tasks: HashTasks, task: number, item: number): void {
    const files = this.#files;
    const state = tasks.states[task]!;
    if (state !== done) {
      this.#lose(item, state);
      return;
    }
    if (!tasks.isContents) {
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

/** So many groups at a time that what threads share stays small. */
function* batches(groups: readonly TaskGroup[]): Generator<TaskGroup[]> {
  let batch: TaskGroup[] = [];
  let tasks = 0;
  for (const group of groups) {
    batch.push(group);
    tasks += group.items.length;
    if (tasks < tasksPerBatch) continue;
    yield batch;
    batch = [];
    tasks = 0;
  }
  if (batch.length > 0) yield batch;
}
