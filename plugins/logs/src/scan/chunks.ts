import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { fromSystemError } from '@om-ops/kit';
import type { LogFile } from '../sources/files.ts';

/** More at once takes more memory and is no quicker. */
const chunkBytes = 128 * 1024;
/** A line that is longer is cut: a file need not be text. */
const longestLine = 4 * 1024 * 1024;

/** Where in a file to read, in bytes. */
export interface Range {
  from?: number;
  to?: number;
}

/**
 * A file in pieces of whole lines, one character a byte (latin1): what is UTF-8 in it is decoded where it is shown.
 * Synchronous between the pieces, which is what makes it quick.
 *
 * @throws OpsError E_NOT_FOUND, E_PERMISSION (exit 5), E_IO
 */
export async function* chunksOf(
  file: Pick<LogFile, 'path' | 'packed'>,
  signal: AbortSignal,
  range: Range = {},
): AsyncGenerator<string> {
  try {
    yield* file.packed === null
      ? plainChunks(file.path, signal, range)
      : packedChunks(file, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw fromSystemError(error, 'read', file.path);
  }
}

async function* plainChunks(
  path: string,
  signal: AbortSignal,
  { from = 0, to = Number.POSITIVE_INFINITY }: Range,
): AsyncGenerator<string> {
  const file = openSync(path, 'r');
  try {
    let buffer = Buffer.allocUnsafe(chunkBytes);
    let kept = 0;
    let position = from;
    for (let turn = 0; ; turn += 1) {
      if (turn % 128 === 127) await new Promise(setImmediate);
      signal.throwIfAborted();
      const room = Math.min(buffer.length - kept, to - position);
      const read = room <= 0 ? 0 : readSync(file, buffer, kept, room, position);
      position += read;
      const filled = kept + read;
      if (read === 0) {
        if (filled > 0) yield `${buffer.toString('latin1', 0, filled)}\n`;
        return;
      }
      const end = buffer.lastIndexOf(10, filled - 1) + 1;
      if (end > 0) {
        yield buffer.toString('latin1', 0, end);
        buffer.copyWithin(0, end, filled);
        kept = filled - end;
      } else if (filled >= longestLine) {
        yield `${buffer.toString('latin1', 0, filled)}\n`;
        kept = 0;
      } else kept = filled;
      if (kept === buffer.length) {
        const larger = Buffer.allocUnsafe(buffer.length * 2);
        buffer.copy(larger, 0, 0, kept);
        buffer = larger;
      }
    }
  } finally {
    closeSync(file);
  }
}

async function* packedChunks(
  { path, packed }: Pick<LogFile, 'path' | 'packed'>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const input = createReadStream(path, { signal });
  const output: Readable = input.pipe(
    packed === 'zst' ? createZstdDecompress() : createGunzip({ chunkSize: chunkBytes }),
  );
  input.on('error', (error) => output.destroy(error));
  let kept = '';
  try {
    for await (const chunk of output as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      const text = kept + chunk.toString('latin1');
      const end = text.lastIndexOf('\n') + 1;
      if (end === 0 && text.length < longestLine) {
        kept = text;
        continue;
      }
      yield end === 0 ? `${text}\n` : text.slice(0, end);
      kept = end === 0 ? '' : text.slice(end);
    }
    if (kept !== '') yield `${kept}\n`;
  } finally {
    input.destroy();
  }
}

/** The bytes of a text of UTF-8, one character each, as pieces are. */
export function asBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** What was read a byte a character, as text. */
export function decoded(bytes: string): string {
  return /^[\x00-\x7f]*$/.test(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

/** Pieces of a file here and there, whole lines each: what it is like, without reading it all. */
export function samplesOf(path: string, pieces = 24, bytes = 16 * 1024): string[] {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    if (size <= pieces * bytes) {
      const whole = Buffer.alloc(size);
      const read = readSync(file, whole, 0, size, 0);
      return [whole.toString('latin1', 0, read)];
    }
    return Array.from({ length: pieces }, (_, at) => {
      const from = Math.floor(((size - bytes) * at) / (pieces - 1));
      const buffer = Buffer.alloc(bytes);
      const read = readSync(file, buffer, 0, bytes, from);
      const text = buffer.toString('latin1', 0, read);
      const start = from === 0 ? 0 : text.indexOf('\n') + 1;
      const end = text.lastIndexOf('\n') + 1;
      return text.slice(start, Math.max(start, end));
    });
  } finally {
    closeSync(file);
  }
}
