import { statSync } from 'node:fs';
import { numberHash } from '../groups.ts';
import { indexOf } from '../walk/extensions.ts';
import { copyHashes, emptyHashes, type HashColumns, readHashes, writeHashes } from './hash-file.ts';

const mostRows = 500_000;
const keptDays = 60;
const refreshedDays = 7;
const dayMs = 86_400_000;

/**
 * The hashes of files whose inode, size and times have not changed since they were read.
 * Anything wrong with its file makes it empty: that costs time and never gives a wrong answer.
 */
export class HashCache {
  readonly #path: string;
  readonly #mostRows: number;
  readonly #version: string;
  readonly #known: RowTable;
  /** For each file what `fill` found of it and need not be written again. */
  #filled = new Uint8Array();

  /**
   * Reads it.
   *
   * @param path STATE/analysis/hashes.bin
   * @param rows how many files it may remember, 80 bytes each
   */
  constructor(path: string, rows = mostRows) {
    this.#path = path;
    this.#mostRows = rows;
    this.#version = versionOf(path);
    this.#known = new RowTable(read(path));
  }

  get count(): number {
    return this.#known.columns.count;
  }

  /** Copies what is known of `files` into them. */
  fill(files: HashColumns, now: Date): void {
    const today = dayOf(now);
    const devices = this.#known.devicesOf(files);
    this.#filled = new Uint8Array(files.count);
    let likely = 0;
    for (let row = 0; row < files.count; row += 1) {
      const known = this.#known.find(files, row, devices, likely);
      if (known >= 0) likely = known + 1;
      if (known < 0 || !this.#known.isSameState(known, files, row)) continue;
      copyHashes(this.#known.columns, known, files, row);
      if (today - files.day[row]! < refreshedDays) this.#filled[row] = stateOf(files, row);
    }
  }

  /**
   * Remembers `files`, and of the others what was of use in the last 60 days. Another run may have
   * written meanwhile; what it added is kept. Writes nothing when there is no news since `fill`.
   *
   * @param settledBefore milliseconds: what changed later may change again without showing it
   * @throws OpsError E_DISK_FULL, E_PERMISSION, E_READ_ONLY
   */
  async save(files: HashColumns, now: Date, settledBefore: number): Promise<void> {
    const kept: number[] = [];
    let isNews = false;
    for (let row = 0; row < files.count; row += 1) {
      const state = stateOf(files, row);
      if (state === 0) continue;
      // A file system that counts whole seconds shows a second change only in the next one.
      const coarse = files.changed[row]! % 1000 === 0 ? 2000 : 0;
      if (files.changed[row]! + coarse >= settledBefore) continue;
      kept.push(row);
      if (this.#filled[row] !== state) isNews = true;
    }
    if (isNews) await writeHashes(this.#path, this.#merged(files, kept, dayOf(now)));
  }

  #isUntouched(): boolean {
    return versionOf(this.#path) === this.#version;
  }

  #merged(files: HashColumns, kept: readonly number[], today: number): HashColumns {
    const before = this.#isUntouched() ? this.#known : new RowTable(read(this.#path));
    const old = before.columns;
    const devicesBefore = before.devicesOf(files);
    const isReplaced = new Uint8Array(old.count);
    let likely = 0;
    for (const row of kept) {
      const known = before.find(files, row, devicesBefore, likely);
      if (known < 0) continue;
      isReplaced[known] = 1;
      likely = known + 1;
    }
    const others: number[] = [];
    for (let row = 0; row < old.count; row += 1)
      if (isReplaced[row] === 0 && today - old.day[row]! <= keptDays) others.push(row);
    const room = this.#mostRows;
    // Too many: of these files the largest, which took longest to read; of the others the newest.
    const own = kept.length <= room ? kept : firstBy(kept, room, (row) => files.size[row]!);
    const left = Math.max(0, room - own.length);
    const more = others.length <= left ? others : firstBy(others, left, (row) => old.day[row]!);

    const devices = new Map<string, number>();
    const merged = emptyHashes(own.length + more.length);
    let target = 0;
    const indexesIn = (from: HashColumns): Int32Array =>
      new Int32Array(from.devices.length).fill(-1);
    const copy = (from: HashColumns, row: number, indexes: Int32Array): void => {
      merged.inode[target] = from.inode[row]!;
      merged.size[target] = from.size[row]!;
      merged.modified[target] = from.modified[row]!;
      merged.changed[target] = from.changed[row]!;
      const device = from.device[row]!;
      if (indexes[device]! < 0) indexes[device] = indexOf(devices, from.devices[device]!);
      merged.device[target] = indexes[device]!;
      copyHashes(from, row, merged, target);
    };
    const indexes = indexesIn(files);
    for (const row of own) {
      copy(files, row, indexes);
      merged.day[target] = today;
      target += 1;
    }
    const oldIndexes = indexesIn(old);
    for (const row of more) {
      copy(old, row, oldIndexes);
      target += 1;
    }
    merged.devices.push(...devices.keys());
    return merged;
  }
}

function read(path: string): HashColumns {
  return readHashes(path) ?? emptyHashes(0);
}

/** Every write makes a file of its own. */
function versionOf(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return `${stats?.ino} ${stats?.ctimeNs}`;
}

function dayOf(now: Date): number {
  return Math.floor(now.getTime() / dayMs);
}

/** Which of its hashes are known: 0 for none. */
function stateOf(files: HashColumns, row: number): number {
  return files.isWhole[row]! + 2 * files.hasHead[row]!;
}

function firstBy(rows: readonly number[], count: number, value: (row: number) => number): number[] {
  return [...rows].sort((one, another) => value(another) - value(one)).slice(0, count);
}

/** Rows by device and inode. */
class RowTable {
  readonly columns: HashColumns;
  #slots: Int32Array | undefined;

  constructor(columns: HashColumns) {
    this.columns = columns;
  }

  /** For each device of other columns its index in these; -1 when it is unknown. */
  devicesOf(files: HashColumns): Int32Array {
    return Int32Array.from(files.devices, (device) => this.columns.devices.indexOf(device));
  }

  /**
   * The row of the same inode, or -1.
   *
   * @param likely where it is if everything is as it was: files are kept in the order they are asked for
   */
  find(files: HashColumns, row: number, devices: Int32Array, likely: number): number {
    const device = devices[files.device[row]!]!;
    const inode = files.inode[row]!;
    if (this.columns.inode[likely] === inode && this.columns.device[likely] === device)
      return likely;
    this.#slots ??= slotsOf(this.columns);
    const last = this.#slots.length - 1;
    for (let slot = numberHash(inode) & last; ; slot = (slot + 1) & last) {
      const known = this.#slots[slot]!;
      if (known < 0) return -1;
      if (this.columns.inode[known] === inode && this.columns.device[known] === device)
        return known;
    }
  }

  isSameState(known: number, files: HashColumns, row: number): boolean {
    return (
      this.columns.size[known] === files.size[row] &&
      this.columns.changed[known] === files.changed[row] &&
      this.columns.modified[known] === files.modified[row]
    );
  }
}

function slotsOf({ count, inode }: HashColumns): Int32Array {
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(2, count * 2)))).fill(-1);
  const last = slots.length - 1;
  for (let row = 0; row < count; row += 1) {
    let slot = numberHash(inode[row]!) & last;
    while (slots[slot]! >= 0) slot = (slot + 1) & last;
    slots[slot] = row;
  }
  return slots;
}
