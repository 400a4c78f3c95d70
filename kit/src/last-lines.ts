import { constants, createReadStream, promises } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { fromSystemError, systemCode } from './errors.ts';
import { asWritten, LineSplitter, type Redact } from './lines.ts';

export interface LastLinesOptions {
  redact: Redact;
  signal?: AbortSignal;
  /** Where the lines before are, the newest first. Default: {@link rotatedFiles}. */
  older?: readonly string[];
}

/** How much is read for a file's last lines at most: they may be long, and a file need not be text. */
const mostBytes = 64 * 1024 * 1024;
const newline = 0x0a;

/**
 * The last lines of a file, and where it has fewer those of the rotated files before it. Reads from the
 * end: what it takes hangs on the lines and not on the file. A line above 64 KiB comes in pieces.
 *
 * @throws OpsError E_NOT_FOUND (exit 5), E_PERMISSION (5), E_IO; the signal's reason
 */
export async function lastLines(
  path: string,
  count: number,
  options: LastLinesOptions,
): Promise<string[]> {
  const { older = await rotatedFiles(path), signal } = options;
  let lines: string[] = [];
  for (const file of [path, ...older]) {
    if (file !== path && lines.length >= count) break;
    signal?.throwIfAborted();
    try {
      lines = [...(await linesOf(file, count - lines.length, options)), ...lines];
    } catch (error) {
      // Just being rotated, or cleared away: its lines are in the next, or nowhere.
      if (systemCode(error) === 'ENOENT' && (file !== path || older.length > 0)) continue;
      throw fromSystemError(error, 'read', file);
    }
  }
  return lines;
}

/** What logrotate has made of a log, the newest first: `x.log.1`, `x.log.2.gz`, `x.log-20260122.zst`. */
export async function rotatedFiles(path: string): Promise<string[]> {
  const name = basename(path);
  const found: { file: string; age: number }[] = [];
  const names = await promises.readdir(dirname(path)).catch(() => []);
  for (const file of names) {
    if (!file.startsWith(name)) continue;
    const rest = file.slice(name.length);
    const number = /^\.(\d{1,4})(?:\.gz|\.zst)?$/.exec(rest)?.[1];
    const date = /^-(\d{8}(?:-?\d{1,10})?)(?:\.gz|\.zst)?$/.exec(rest)?.[1];
    if (number !== undefined) found.push({ file, age: Number(number) });
    else if (date !== undefined) found.push({ file, age: -Number(date.replace('-', '.')) });
  }
  return found.sort((a, b) => a.age - b.age).map(({ file }) => join(dirname(path), file));
}

function linesOf(file: string, count: number, options: LastLinesOptions): Promise<string[]> {
  return /\.(?:gz|zst)$/.test(file)
    ? unpackedLines(file, count, options)
    : plainLines(file, count, options);
}

async function plainLines(
  file: string,
  count: number,
  { redact, signal }: LastLinesOptions,
): Promise<string[]> {
  // A FIFO would be waited for until somebody writes.
  const handle = await promises.open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (count <= 0) return [];
    const { size } = await handle.stat();
    const blocks: Buffer[] = [];
    let position = size;
    // The newline that ends the last line stands before none.
    let missing = count + 1;
    for (
      let length = 64 * 1024;
      position > 0 && missing > 0;
      length = Math.min(length * 2, 1 << 20)
    ) {
      if (size - position >= mostBytes) break;
      signal?.throwIfAborted();
      const from = Math.max(0, position - length);
      const block = Buffer.alloc(position - from);
      const { bytesRead } = await handle.read(block, 0, block.length, from);
      const read = block.subarray(0, bytesRead);
      if (position === size && read.at(-1) !== newline) missing -= 1;
      const start = startOfLines(read, missing);
      missing -= start.seen;
      blocks.unshift(read.subarray(start.at));
      position = from;
    }
    const splitter = new LineSplitter(redact);
    const lines = splitter.push(Buffer.concat(blocks));
    return [...lines, ...splitter.end()].slice(-count);
  } finally {
    await handle.close();
  }
}

/** Behind the newline that is so many from the end, or 0; and how many there were up to it. */
function startOfLines(block: Buffer, wanted: number): { at: number; seen: number } {
  let at = block.length;
  for (let seen = 0; ; ) {
    at = at === 0 ? -1 : block.lastIndexOf(newline, at - 1);
    if (at === -1) return { at: 0, seen };
    seen += 1;
    if (seen === wanted) return { at: at + 1, seen };
  }
}

async function unpackedLines(
  file: string,
  count: number,
  { redact, signal }: LastLinesOptions,
): Promise<string[]> {
  const splitter = new LineSplitter(asWritten);
  let lines: string[] = [];
  const packed = createReadStream(file);
  const unpacked: Readable = packed.pipe(
    file.endsWith('.zst') ? createZstdDecompress() : createGunzip(),
  );
  packed.on('error', (error) => unpacked.destroy(error));
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      for (const line of splitter.push(chunk)) lines.push(line);
      if (lines.length > 2 * count) lines = lines.slice(-count);
    }
  } finally {
    packed.destroy();
  }
  return [...lines, ...splitter.end()].slice(-count).map(redact.foreignLines());
}
