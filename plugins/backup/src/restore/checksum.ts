import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { fromSystemError, type Progress } from '@om-ops/kit';

const chunkSize = 4 * 1024 * 1024;

/** SHA-256 of a file, in hex. */
export async function sha256Of(path: string, progress: Progress): Promise<string> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(chunkSize);
    let bytes = 0;
    for (;;) {
      progress.signal.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, chunkSize);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
      bytes += bytesRead;
      progress.report({ stage: 'comparing the checksum', bytes, totalBytes: size });
    }
  } catch (error) {
    progress.signal.throwIfAborted();
    throw fromSystemError(error, 'read', path);
  }
}
