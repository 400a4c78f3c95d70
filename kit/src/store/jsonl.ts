import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  promises,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { fromSystemError, messageOf, OpsError, systemCode } from '../errors.ts';
import { AtomicFile, writeFileAtomicSync } from './atomic.ts';
import { syncFolder } from './folders.ts';
import { acquireLock, acquireLockSync, type Lock } from './lock.ts';
import { stampSecond } from './time.ts';

export interface AppendOptions {
  /** Of a file that is made; one that exists keeps its own. Default 0600. */
  mode?: number;
  /** How long to wait for other processes' appends. Default 30 s. */
  waitMs?: number;
  /** Before the append, a file of at least `bytes` becomes FILE.1, FILE.1 becomes FILE.2 … and FILE.`keep` goes. */
  rotate?: { bytes: number; keep: number };
}

/** The last line of a file that a crash or a power cut had left unfinished. */
export interface TornLine {
  /** Where it is kept now: FILE.torn-YYYY-MM-DD_HHMMSS. */
  path: string;
  bytes: number;
}

export interface AppendResult {
  /** Where in the file the first new line begins, in bytes. */
  offset: number;
  bytes: number;
  torn: TornLine | null;
}

const patienceMs = 30_000;

/**
 * Appends a value as one JSON line: under the file's lock, in one write, on disk when it returns. A
 * torn last line is moved aside first. When the disk is full the file is as it was.
 *
 * @throws OpsError E_DISK_FULL, E_PERMISSION, E_NOT_FOUND (the folder), E_LOCKED after `waitMs`, E_IO
 */
export function appendJsonLine(
  path: string,
  value: unknown,
  options: AppendOptions = {},
): Promise<AppendResult> {
  return appendJsonLines(path, [value], options);
}

/** `appendJsonLine` for several values, which come one after the other with no one else's in between. */
export async function appendJsonLines(
  path: string,
  values: readonly unknown[],
  options: AppendOptions = {},
): Promise<AppendResult> {
  const text = linesOf(values);
  const lock = await acquireLock(dirname(path), `.${basename(path)}`, lockOptions(options));
  return appendAndSync(path, text, options, lock);
}

/** `appendJsonLine` without giving the event loop a turn. */
export function appendJsonLineSync(
  path: string,
  value: unknown,
  options: AppendOptions = {},
): AppendResult {
  const text = linesOf([value]);
  const lock = acquireLockSync(dirname(path), `.${basename(path)}`, lockOptions(options));
  return appendAndSync(path, text, options, lock);
}

function lockOptions({ waitMs = patienceMs }: AppendOptions): { waitMs: number; command: string } {
  return { waitMs, command: 'append' };
}

function linesOf(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

function appendAndSync(
  path: string,
  text: string,
  options: AppendOptions,
  lock: Lock,
): AppendResult {
  try {
    let fd: number | undefined;
    try {
      let result: AppendResult;
      try {
        if (options.rotate !== undefined) rotate(path, options.rotate);
        ({ fd, ...result } = appendText(path, text, options.mode));
      } finally {
        lock.release();
      }
      // Without the lock, so that the disk serves those who wait in one go.
      fsyncSync(fd);
      return result;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  } catch (error) {
    throw fromSystemError(error, 'append to', path);
  }
}

/**
 * Appends whole lines to a file whose lock the caller holds. The caller syncs and closes `fd`.
 * Throws what the file system throws; a short write is undone.
 */
export function appendText(
  path: string,
  text: string,
  mode = 0o600,
): AppendResult & { fd: number } {
  const isNew = !existsSync(path);
  const fd = openSync(path, 'a+', mode);
  try {
    if (isNew) syncFolder(dirname(path));
    const { torn, separator } = repairTail(path, fd);
    const offset = fstatSync(fd).size;
    const data = Buffer.from(separator + text);
    try {
      const written = writeSync(fd, data);
      if (written !== data.length) {
        throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      }
    } catch (error) {
      ftruncateSync(fd, offset);
      throw error;
    }
    return { fd, torn, offset: offset + separator.length, bytes: data.length - separator.length };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** What a whole last line needs before the next can follow, after moving one that is not whole aside. */
function repairTail(path: string, fd: number): { torn: TornLine | null; separator: '' | '\n' } {
  const tail = lastLine(fd);
  if (tail === null) return { torn: null, separator: '' };
  const isWhole = isJson(tail.text);
  if (tail.ended && isWhole) return { torn: null, separator: '' };
  // Cut off right before its newline, or written by an editor that leaves the last one out.
  if (!tail.ended && isWhole && /^[[{]/.test(tail.text)) return { torn: null, separator: '\n' };
  const aside = freeName(`${path}.torn-${stampSecond(new Date())}`);
  writeFileAtomicSync(aside, tail.raw);
  ftruncateSync(fd, tail.offset);
  return { torn: { path: aside, bytes: tail.raw.length }, separator: '' };
}

export interface LastLine {
  /** Without its newline. */
  text: string;
  /** With its newline, if there is one. */
  raw: Buffer;
  offset: number;
  /** Whether it ends with a newline. */
  ended: boolean;
}

/** The last line of an open file, read from the end: null when the file is empty. */
export function lastLine(fd: number): LastLine | null {
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
    if (!existsSync(candidate)) return candidate;
  }
}

function rotate(path: string, { bytes, keep }: { bytes: number; keep: number }): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0 || size < bytes) return;
  rmSync(`${path}.${keep}`, { force: true });
  for (let number = keep - 1; number >= 1; number--) {
    if (existsSync(`${path}.${number}`)) renameSync(`${path}.${number}`, `${path}.${number + 1}`);
  }
  if (keep >= 1) renameSync(path, `${path}.1`);
  else rmSync(path);
  syncFolder(dirname(path));
}

/** One line of a JSONL file: its value, or what is wrong with it. Lines count from 1, offsets are bytes. */
export type JsonLine =
  | { line: number; offset: number; text: string; value: unknown; problem?: undefined }
  | {
      line: number;
      offset: number;
      text: string;
      /** `torn`: the last line, without a newline: a crash while it was written, or a write under way. */
      problem: 'torn' | 'unparsable';
    };

/**
 * Reads a JSONL file of any size line by line. Lines that cannot be parsed are given with their
 * problem; empty ones are left out. A file that does not exist has no lines.
 *
 * @throws OpsError E_PERMISSION, E_IO
 */
export async function* readJsonLines(path: string): AsyncGenerator<JsonLine> {
  for await (const batch of readJsonLineBatches(path)) yield* batch;
}

/** `readJsonLines` by some hundred lines at a time: several times as quick for big files. */
export async function* readJsonLineBatches(path: string): AsyncGenerator<JsonLine[]> {
  let handle: promises.FileHandle;
  try {
    handle = await promises.open(path, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw fromSystemError(error, 'read', path);
  }
  try {
    const chunk = Buffer.allocUnsafe(256 * 1024);
    let rest: Buffer[] = [];
    let offset = 0;
    let line = 1;
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, null);
      if (bytesRead === 0) break;
      const data = chunk.subarray(0, bytesRead);
      const newline = data.lastIndexOf(0x0a);
      if (newline < 0) {
        rest.push(Buffer.from(data));
        continue;
      }
      const block = Buffer.concat([...rest, data.subarray(0, newline + 1)]);
      rest = newline + 1 < data.length ? [Buffer.from(data.subarray(newline + 1))] : [];
      yield parseBlock(block, line, offset);
      line += countLines(block);
      offset += block.length;
    }
    if (rest.length > 0) {
      const text = Buffer.concat(rest).toString('utf8');
      // A last line without a newline that is whole all the same is taken as whole by an append too.
      const parsed = /^[[{]/.test(text) ? parseLine(text, line, offset) : undefined;
      yield [
        parsed === undefined || parsed.problem !== undefined
          ? { line, offset, text, problem: 'torn' }
          : parsed,
      ];
    }
  } catch (error) {
    throw fromSystemError(error, 'read', path);
  } finally {
    await handle.close();
  }
}

function parseBlock(block: Buffer, firstLine: number, firstOffset: number): JsonLine[] {
  const lines: JsonLine[] = [];
  let from = 0;
  let line = firstLine;
  while (from < block.length) {
    const to = block.indexOf(0x0a, from);
    const text = block.toString('utf8', from, to);
    if (text.trim() !== '') lines.push(parseLine(text, line, firstOffset + from));
    from = to + 1;
    line++;
  }
  return lines;
}

function parseLine(text: string, line: number, offset: number): JsonLine {
  try {
    return { line, offset, text, value: JSON.parse(text) };
  } catch {
    return { line, offset, text, problem: 'unparsable' };
  }
}

function countLines(block: Buffer): number {
  let count = 0;
  for (let at = block.indexOf(0x0a); at >= 0; at = block.indexOf(0x0a, at + 1)) count++;
  return count;
}

/**
 * Writes a whole JSONL file from values as they come, whole or absent.
 *
 * @throws OpsError as `writeFileAtomic`
 */
export async function writeJsonLines(
  path: string,
  values: Iterable<unknown> | AsyncIterable<unknown>,
  options: { mode?: number } = {},
): Promise<void> {
  await using file = await AtomicFile.create(path, options);
  try {
    let pending = '';
    for await (const value of values) {
      pending += `${JSON.stringify(value)}\n`;
      if (pending.length > 1 << 18) {
        await file.handle.appendFile(pending);
        pending = '';
      }
    }
    if (pending !== '') await file.handle.appendFile(pending);
    await file.commit();
  } catch (error) {
    throw fromSystemError(error, 'write', path);
  }
}

/** Parses a small JSON file. Undefined when there is none. @throws OpsError E_BAD_JSON naming the file. */
export async function readJsonFile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await promises.readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw fromSystemError(error, 'read', path);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new OpsError('E_BAD_JSON', `${path} is not valid JSON: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}
