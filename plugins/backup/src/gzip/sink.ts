import { writev } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Writable } from 'node:stream';

/** Where an archive goes: an open file, which the caller syncs and closes, or a stream, which is not ended. */
export type ArchiveOutput = number | FileHandle | Writable;

/** Takes bytes in order. A write that rejects is final. */
export interface ByteSink {
  /** The chunks may be reused by the caller as soon as the promise is resolved. */
  write(chunks: readonly Uint8Array[]): Promise<void>;
  /** Resolves when no write is on its way that could hit a descriptor which is closed and used again. */
  idle(): Promise<void>;
}

export function sinkOf(output: ArchiveOutput): ByteSink {
  if (typeof output === 'number') return fileSink(output);
  return 'fd' in output && typeof output.fd === 'number'
    ? fileSink(output.fd)
    : streamSink(output as Writable);
}

function fileSink(fd: number): ByteSink {
  const writeSome = (chunks: readonly Uint8Array[]): Promise<number> =>
    new Promise((resolve, reject) => {
      writev(fd, chunks, (error, written) => (error ? reject(error) : resolve(written)));
    });
  let pending: Promise<unknown> = Promise.resolve();
  const writeAll = async (chunks: readonly Uint8Array[]): Promise<void> => {
    let rest = chunks;
    while (rest.length > 0) rest = chunksAfter(rest, await writeSome(rest));
  };
  return {
    write(chunks) {
      const done = writeAll(chunks);
      pending = done.catch(() => undefined);
      return done;
    },
    async idle() {
      await pending;
    },
  };
}

/** What is left of the chunks when some bytes of them are written. */
function chunksAfter(chunks: readonly Uint8Array[], written: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let skip = written;
  for (const chunk of chunks) {
    if (skip < chunk.length) rest.push(chunk.subarray(skip));
    skip = Math.max(0, skip - chunk.length);
  }
  return rest;
}

function streamSink(stream: Writable): ByteSink {
  return {
    write: (chunks) =>
      new Promise((resolve, reject) => {
        // An error of the stream may come without a callback: when it was destroyed before.
        const failed = (error: Error) => reject(error);
        const closed = () =>
          reject(new Error('The output was closed before the archive was complete'));
        stream.once('error', failed);
        stream.once('close', closed);
        // A stream keeps what it is given, and the chunks are used again.
        stream.write(Buffer.concat(chunks), (error) => {
          stream.off('error', failed);
          stream.off('close', closed);
          if (error) reject(error);
          else resolve();
        });
      }),
    idle: () => Promise.resolve(),
  };
}
