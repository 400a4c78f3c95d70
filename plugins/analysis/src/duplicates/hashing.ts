import { createHash, hash } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { ContentClasses, setDigest } from './classes.ts';
import { changed, done, forbidden, type HashTasks, unreadable, vanished } from './tasks.ts';

/** Files up to here are read whole when the last bytes are the same, larger ones when both ends are. */
export const smallBytes = 16_384;
export const endsBytes = 8192;
export const lastBytes = 512;

const chunkBytes = 1 << 20;
/** Contents up to here are kept to compare others with. */
const comparedBytes = 4 << 20;
const keptBytes = 12 << 20;
const sampleBytes = 4096;
const groupsTaken = 4;
const filesPerTurn = 16;

/**
 * Does tasks until none are left or they are aborted. Yields after a few files and after each
 * mebibyte, where the caller may do something else for a moment.
 */
export function* hashingTasks(tasks: HashTasks, thread: number): Generator<void, void, void> {
  const reader = new TaskReader(tasks, thread);
  const groups = tasks.groupEnds.length;
  for (let group = tasks.take(groupsTaken), taken = 1; group < groups; taken += 1) {
    yield* reader.readGroup(group);
    if (tasks.isAborted) return;
    if (taken < groupsTaken) group += 1;
    else {
      group = tasks.take(groupsTaken);
      taken = 0;
    }
  }
}

class TaskReader {
  readonly #tasks: HashTasks;
  readonly #thread: number;
  readonly #classes: ContentClasses;
  #buffer = Buffer.allocUnsafeSlow(chunkBytes + 1);
  #sinceTurn = 0;

  constructor(tasks: HashTasks, thread: number) {
    this.#tasks = tasks;
    this.#thread = thread;
    this.#classes = new ContentClasses(tasks, keptBytes);
  }

  *readGroup(group: number): Generator<void, void, void> {
    const tasks = this.#tasks;
    const first = group === 0 ? 0 : tasks.groupEnds[group - 1]!;
    const end = tasks.groupEnds[group]!;
    const isContents = tasks.depth === 'contents';
    const needsDigest = tasks.needDigest[group] === 1;
    this.#classes.begin();
    for (let task = first; task < end; task += 1) {
      if (tasks.isAborted) return;
      this.#sinceTurn += 1;
      if (this.#sinceTurn > filesPerTurn) {
        this.#sinceTurn = 0;
        yield;
      }
      let fd = -1;
      try {
        fd = openForReading(tasks.path(task));
        if (isContents && (needsDigest || tasks.sizes[task]! > comparedBytes))
          yield* this.#digest(fd, task);
        else if (isContents) this.#compare(fd, task);
        else if (tasks.depth === 'ends') this.#readEnds(fd, task);
        else if (this.#readLast(fd, task) && this.#isToCompare(task)) this.#compareSmall(fd, task);
      } catch (error) {
        tasks.states[task] = stateOf(codeOf(error));
      } finally {
        if (fd >= 0) closeSync(fd);
      }
      tasks.addRead(this.#thread, 1, 0);
    }
    if (isContents && !needsDigest) this.#classes.digestAll(tasks.sizes[first]!);
  }

  #readEnds(fd: number, task: number): void {
    const tasks = this.#tasks;
    const half = endsBytes / 2;
    const head = this.#readFully(fd, half, 0);
    // One byte more than there should be shows a file that has grown.
    const tail = this.#readWhole(fd, half, tasks.sizes[task]! - half, half);
    tasks.addRead(this.#thread, 0, head + tail);
    tasks.states[task] = head === half && tail === half ? done : changed;
    tasks.heads[task] = crc32(this.#buffer.subarray(0, endsBytes));
  }

  #isToCompare(task: number): boolean {
    const { depth, sizes } = this.#tasks;
    return depth === 'last-then-whole' && sizes[task]! <= smallBytes;
  }

  /** False when the file has not the size it had. */
  #readLast(fd: number, task: number): boolean {
    const tasks = this.#tasks;
    const size = tasks.sizes[task]!;
    const compared = Math.min(size, lastBytes);
    const read = this.#readWhole(fd, compared, size - compared);
    tasks.addRead(this.#thread, 0, read);
    tasks.states[task] = read === compared ? done : changed;
    if (read === compared) tasks.heads[task] = crc32(this.#buffer.subarray(0, compared));
    return read === compared;
  }

  /**
   * Most files of one size are not the same, and their last bytes tell. Only those that have them in
   * common are read whole, the first of them when the second comes.
   */
  #compareSmall(fd: number, task: number): void {
    const head = this.#tasks.heads[task]!;
    if (!this.#classes.has(head)) {
      this.#classes.expect(task, head);
      return;
    }
    const first = this.#classes.takeUnread(head);
    if (first !== undefined) this.#addAgain(first, head);
    this.#addContent(fd, task, head);
  }

  /** Reads a file once more, now whole. */
  #addAgain(task: number, head: number): void {
    let fd = -1;
    try {
      fd = openForReading(this.#tasks.path(task));
      this.#addContent(fd, task, head);
    } catch (error) {
      this.#tasks.states[task] = stateOf(codeOf(error));
    } finally {
      if (fd >= 0) closeSync(fd);
    }
  }

  /** Whoever has the same end as another gets its SHA-256 now, so that it is not read again. */
  #addContent(fd: number, task: number, head: number): void {
    const content = this.#content(fd, task);
    if (content === undefined) return;
    this.#classes.add(task, head, content);
    if (this.#tasks.hasDigest[task] === 0)
      setDigest(this.#tasks, task, hash('sha256', content, 'hex'));
  }

  #compare(fd: number, task: number): void {
    const content = this.#content(fd, task);
    if (content === undefined) return;
    // The ends are the same already: a sample from between tells most of the others apart.
    const middle = (content.length - sampleBytes) >> 1;
    const sample = crc32(content.subarray(Math.max(0, middle), middle + sampleBytes));
    if (!this.#classes.add(task, sample, content))
      setDigest(this.#tasks, task, hash('sha256', content, 'hex'));
  }

  /** The whole file; undefined when it has not the size it had. Good until the next is read. */
  #content(fd: number, task: number): Buffer | undefined {
    const tasks = this.#tasks;
    const size = tasks.sizes[task]!;
    if (size >= this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(comparedBytes + 1);
    const read = this.#readWhole(fd, size);
    tasks.addRead(this.#thread, 0, read);
    tasks.states[task] = read === size ? done : changed;
    return read === size ? this.#buffer.subarray(0, size) : undefined;
  }

  *#digest(fd: number, task: number): Generator<void, void, void> {
    const tasks = this.#tasks;
    const size = tasks.sizes[task]!;
    const sum = createHash('sha256');
    let at = 0;
    while (at < size) {
      const wanted = Math.min(chunkBytes, size - at);
      const read = this.#readFully(fd, wanted, at);
      tasks.addRead(this.#thread, 0, read);
      sum.update(this.#buffer.subarray(0, read));
      at += read;
      if (read < wanted) break;
      if (at < size) {
        yield;
        if (tasks.isAborted) return;
      }
    }
    const isWhole = at === size && this.#readFully(fd, 1, size) === 0;
    tasks.states[task] = isWhole ? done : changed;
    if (isWhole) setDigest(tasks, task, sum.digest('hex'));
  }

  /** Reads what should be the last `size` bytes of a file; one more when it has grown. */
  #readWhole(fd: number, size: number, from = 0, to = 0): number {
    const read = readSync(fd, this.#buffer, to, size + 1, from);
    // Files come in one piece, and the end shows in that it is short: a second call for it costs a tenth.
    return read >= size
      ? read
      : read + this.#readFully(fd, size + 1 - read, from + read, to + read);
  }

  #readFully(fd: number, wanted: number, from: number, to = 0): number {
    let total = 0;
    while (total < wanted) {
      const read = readSync(fd, this.#buffer, to + total, wanted - total, from + total);
      if (read === 0) break;
      total += read;
    }
    return total;
  }
}

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOATIME } = constants;
// A FIFO that took the file's place must not hold us up, and a link must not lead us elsewhere.
const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

/** Leaves the access time alone where that is allowed: to the owner of the file, and to root. */
function openForReading(path: Buffer): number {
  try {
    return openSync(path, flags | O_NOATIME);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') throw error;
    return openSync(path, flags);
  }
}

function stateOf(code: string | undefined): number {
  // Something else than a file has taken its place.
  if (code === 'ESPIPE' || code === 'EISDIR' || code === 'ENXIO' || code === 'EAGAIN')
    return changed;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return vanished;
  return code === 'EACCES' || code === 'EPERM' ? forbidden : unreadable;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
