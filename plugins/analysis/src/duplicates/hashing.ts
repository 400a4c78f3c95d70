import { createHash, hash } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import {
  changed,
  digestBytes,
  done,
  forbidden,
  type HashTasks,
  unreadable,
  vanished,
} from './tasks.ts';

/** Files up to here are read in one go and hashed whole at once. */
export const smallBytes = 16_384;
const endBytes = 4096;
const chunkBytes = 1 << 20;
const tasksTaken = 16;

/**
 * Does tasks until none are left or they are aborted. Yields after a few files and after each
 * mebibyte, where the caller may do something else for a moment.
 */
export function* hashingTasks(tasks: HashTasks, thread: number): Generator<void, void, void> {
  const reader = new FileHasher(tasks.digests);
  for (;;) {
    const first = tasks.take(tasksTaken);
    if (first >= tasks.count) return;
    const end = Math.min(first + tasksTaken, tasks.count);
    for (let task = first; task < end; task += 1) {
      if (tasks.isAborted) return;
      const size = tasks.sizes[task]!;
      const target = task * digestBytes;
      let read: number;
      try {
        const fd = openForReading(tasks.path(task));
        try {
          if (!tasks.wholeFiles && size > smallBytes) read = reader.hashEnds(fd, size, target);
          else if (size <= chunkBytes) read = reader.hashAtOnce(fd, size, target);
          else {
            const pieces = reader.hashInPieces(fd, size, target);
            for (;;) {
              const piece = pieces.next();
              if (piece.done === true) {
                read = piece.value;
                break;
              }
              tasks.addRead(thread, 0, piece.value);
              if (tasks.isAborted) return;
              yield;
            }
          }
        } finally {
          closeSync(fd);
        }
        tasks.states[task] = read < 0 ? changed : done;
      } catch (error) {
        tasks.states[task] = stateOf(codeOf(error));
        read = 0;
      }
      tasks.addRead(thread, 1, Math.max(0, read));
    }
    yield;
  }
}

/**
 * Writes digests where `target` says. Each method returns the bytes it read and had not reported yet, or -1
 * when the file changed its length.
 */
class FileHasher {
  readonly #buffer = Buffer.allocUnsafeSlow(chunkBytes + 1);
  readonly #digests: Buffer;

  constructor(digests: Buffer) {
    this.#digests = digests;
  }

  hashAtOnce(fd: number, size: number, target: number): number {
    // One byte more than there should be shows a file that has grown.
    const read = readFully(fd, this.#buffer, size + 1, 0);
    if (read !== size) return -1;
    this.#write(hash('sha256', this.#buffer.subarray(0, size), 'hex'), target);
    return read;
  }

  hashEnds(fd: number, size: number, target: number): number {
    const head = readFully(fd, this.#buffer, endBytes, 0);
    const tail = readFully(fd, this.#buffer, endBytes + 1, size - endBytes, endBytes);
    if (head !== endBytes || tail !== endBytes) return -1;
    this.#write(hash('sha256', this.#buffer.subarray(0, head + tail), 'hex'), target);
    return head + tail;
  }

  *hashInPieces(fd: number, size: number, target: number): Generator<number, number, void> {
    const sum = createHash('sha256');
    for (let at = 0; at < size; ) {
      const wanted = Math.min(chunkBytes, size - at);
      const read = readFully(fd, this.#buffer, wanted, at);
      if (read !== wanted) return -1;
      sum.update(this.#buffer.subarray(0, read));
      at += read;
      yield read;
    }
    if (readFully(fd, this.#buffer, 1, size) !== 0) return -1;
    this.#write(sum.digest('hex'), target);
    return 0;
  }

  #write(hex: string, target: number): void {
    this.#digests.write(hex, target, 'hex');
  }
}

function readFully(fd: number, buffer: Buffer, wanted: number, from: number, to = 0): number {
  let total = 0;
  while (total < wanted) {
    const read = readSync(fd, buffer, to + total, wanted - total, from + total);
    if (read === 0) break;
    total += read;
  }
  return total;
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
