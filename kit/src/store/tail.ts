import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeFileAtomicSync } from './atomic.ts';
import { isThere, syncFolder } from './folders.ts';
import { stampSecond } from './time.ts';

/** The last line of a file that a crash or a power cut had left unfinished. */
export interface TornLine {
  /** Where it is kept now: FILE.torn-YYYY-MM-DD_HHMMSS. */
  path: string;
  bytes: number;
}

/** A file opened for appending by a caller who holds its lock, with a last line that is whole. */
export interface OpenTail {
  fd: number;
  /** Where the file ends. */
  offset: number;
  /** What has to come before the next line: the newline the last one lacks, or nothing. */
  separator: '' | '\n';
  /** The last line without its newline; null when the file is empty. */
  last: string | null;
  torn: TornLine | null;
}

/**
 * Opens a JSONL file whose lock the caller holds, making it when missing, and moves a torn last line
 * aside. The caller closes `fd`. Throws what the file system throws.
 */
export function openTail(path: string, mode = 0o600): OpenTail {
  const isNew = !isThere(path);
  const fd = openSync(path, 'a+', mode);
  try {
    if (isNew) syncFolder(dirname(path));
    let tail = lastLine(fd);
    let torn: TornLine | null = null;
    let separator: '' | '\n' = '';
    if (tail !== null && !isWhole(tail)) {
      const aside = freeName(`${path}.torn-${stampSecond(new Date())}`);
      writeFileAtomicSync(aside, tail.raw);
      ftruncateSync(fd, tail.offset);
      torn = { path: aside, bytes: tail.raw.length };
      tail = lastLine(fd);
    } else if (tail?.ended === false) {
      separator = '\n';
    }
    return { fd, offset: fstatSync(fd).size, separator, last: tail?.text ?? null, torn };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Writes whole lines at the end in one write; one that comes out short is undone. */
export function writeTail(tail: OpenTail, text: string): { offset: number; bytes: number } {
  const data = Buffer.from(tail.separator + text);
  try {
    if (writeSync(tail.fd, data) !== data.length) {
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    }
  } catch (error) {
    ftruncateSync(tail.fd, tail.offset);
    throw error;
  }
  const before = tail.separator.length;
  return { offset: tail.offset + before, bytes: data.length - before };
}

/** A line without its newline is whole when it is a complete object: cut right there, or an editor's. */
function isWhole(tail: LastLine): boolean {
  return (tail.ended || /^[[{]/.test(tail.text)) && isJson(tail.text);
}

interface LastLine {
  /** Without its newline. */
  text: string;
  /** With its newline, if there is one. */
  raw: Buffer;
  offset: number;
  /** Whether it ends with a newline. */
  ended: boolean;
}

/** The last line of an open file, read from the end: null when the file is empty. */
function lastLine(fd: number): LastLine | null {
  const size = fstatSync(fd).size;
  if (size === 0) return null;
  const chunkBytes = 16 * 1024;
  let raw = Buffer.alloc(0);
  let offset = size;
  while (offset > 0) {
    const from = Math.max(0, offset - chunkBytes);
    const chunk = Buffer.alloc(offset - from);
    readFully(fd, chunk, from);
    // The newline that ends the last line does not begin it.
    const searchFrom = offset === size ? chunk.length - 2 : chunk.length - 1;
    const newline = searchFrom < 0 ? -1 : chunk.lastIndexOf(0x0a, searchFrom);
    raw = Buffer.concat([chunk.subarray(newline + 1), raw]);
    offset = from + newline + 1;
    if (newline >= 0) break;
  }
  const ended = raw.at(-1) === 0x0a;
  return { text: raw.toString('utf8', 0, raw.length - (ended ? 1 : 0)), raw, offset, ended };
}

function readFully(fd: number, buffer: Buffer, position: number): void {
  let done = 0;
  while (done < buffer.length) {
    const got = readSync(fd, buffer, done, buffer.length - done, position + done);
    if (got === 0) throw new Error('the file became shorter while it was read');
    done += got;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function freeName(path: string): string {
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? path : `${path}-${count}`;
    if (!isThere(candidate)) return candidate;
  }
}
