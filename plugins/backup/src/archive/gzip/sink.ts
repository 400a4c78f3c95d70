import { write } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Writable } from 'node:stream';

/** Where an archive goes: an open file, which the caller syncs and closes, or a stream, which is not ended. */
export type ArchiveOutput = number | FileHandle | Writable;

/** Takes bytes in order, one write at a time. A write that rejects is final. */
export interface ByteSink {
  /** The bytes may be changed by the caller as soon as the promise is resolved. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when no write is on its way that could hit a descriptor which is closed and used again. */
  idle(): Promise<void>;
}

export function sinkOf(output: ArchiveOutput): ByteSink {
  if (typeof output === 'number') return fileSink(output);
  return 'fd' in output && typeof output.fd === 'number'
    ? fileSink(output.fd)
    : streamSink(output as Writable);
}

/** Writes where the file's offset stands. */
function fileSink(fd: number): ByteSink {
  const writeSome = (bytes: Uint8Array): Promise<number> =>
    new Promise((resolve, reject) => {
      write(fd, bytes, 0, bytes.length, null, (error, written) =>
        error ? reject(error) : resolve(written),
      );
    });
  const writeAll = async (bytes: Uint8Array): Promise<void> => {
    for (let at = 0; at < bytes.length; ) at += await writeSome(bytes.subarray(at));
  };
  let pending: Promise<void> = Promise.resolve();
  return {
    write(bytes) {
      const done = writeAll(bytes);
      pending = done.catch(() => undefined);
      return done;
    },
    idle: () => pending,
  };
}

function streamSink(stream: Writable): ByteSink {
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        const settle = (error?: Error | null) => {
          stream.off('error', settle);
          stream.off('close', closed);
          if (!error) return resolve();
          // It is emitted, too, after the callback: once is enough.
          stream.on('error', () => undefined);
          reject(error);
        };
        const closed = () =>
          settle(new Error('The output was closed before the archive was complete'));
        // A stream that was destroyed does not call back.
        stream.on('error', settle);
        stream.on('close', closed);
        // A stream keeps what it is given, and the bytes are used again.
        stream.write(Buffer.from(bytes), settle);
      }),
    idle: () => Promise.resolve(),
  };
}
