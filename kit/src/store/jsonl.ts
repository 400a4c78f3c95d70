import { closeSync, fsyncSync, promises } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fromSystemError, systemCode } from '../errors.ts';
import { acquireLock, type Lock } from './lock.ts';
import { type OpenTail, openTail, type TornLine, writeTail } from './tail.ts';

export interface AppendOptions {
  /** Of a file that is made; one that exists keeps its own. Default 0600. */
  mode?: number;
  /** How long to wait for other processes' appends. Default 30 s. */
  waitMs?: number;
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
export async function appendJsonLine(
  path: string,
  value: unknown,
  options: AppendOptions = {},
): Promise<AppendResult> {
  return appendJsonLines(path, [value], options);
}

/** `appendJsonLine` for several values, a line each: all of them, or none. */
export async function appendJsonLines(
  path: string,
  values: readonly unknown[],
  options: AppendOptions = {},
): Promise<AppendResult> {
  const lock = await acquireLock(dirname(path), `.${basename(path)}`, {
    waitMs: options.waitMs ?? patienceMs,
    command: 'append',
  });
  const text = values.map((value) => `${JSON.stringify(value)}\n`).join('');
  return appendAndSync(path, text, options, lock);
}

function appendAndSync(
  path: string,
  text: string,
  options: AppendOptions,
  lock: Lock,
): AppendResult {
  try {
    let tail: OpenTail | undefined;
    try {
      let written: { offset: number; bytes: number };
      try {
        tail = openTail(path, options.mode);
        written = writeTail(tail, text);
      } finally {
        lock.release();
      }
      // Without the lock, so that the disk serves those who wait in one go.
      fsyncSync(tail.fd);
      return { ...written, torn: tail.torn };
    } finally {
      if (tail !== undefined) closeSync(tail.fd);
    }
  } catch (error) {
    throw fromSystemError(error, 'append to', path);
  }
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
