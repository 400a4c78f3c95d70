import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { createGunzip, type GunzipSummary, GzipDamage } from './gunzip.ts';
import { nativeInflaterMaker } from './gunzip-native.ts';
import { type RingMemory, ringWriter, Stopped } from './gunzip-ring.ts';

/** What this thread is started with. The file is opened by who starts it; all threads share it. */
export interface GunzipWork {
  fd: number;
  ring: RingMemory;
  /** Also compute the SHA-256 of the compressed bytes. */
  hash: boolean;
}

/** What the ring's note says at the end; `damage` and the rest when it ended by failure. */
export interface GunzipNote {
  compressedBytes: number;
  sha256?: string;
  summary?: GunzipSummary;
  damage?: { reason: string; offset: number };
  /** Not the archive's fault: the file could not be read. */
  failure?: string;
}

const readBytes = 512 * 1024;

const { fd, ring, hash } = workerData as GunzipWork;
const writer = ringWriter(ring);
try {
  const note = await inflateFile();
  if (note.damage || note.failure) writer.fail(note);
  else writer.finish(note);
} catch (error) {
  if (!(error instanceof Stopped)) throw error;
}

async function inflateFile(): Promise<GunzipNote> {
  const digest = hash ? createHash('sha256') : undefined;
  const makeNative = nativeInflaterMaker(writer.room);
  const gunzip = makeNative
    ? createGunzip((bytes) => writer.filled(bytes.length), makeNative)
    : createGunzip(writer.write);
  const buffer = Buffer.allocUnsafeSlow(readBytes);
  const note: GunzipNote = { compressedBytes: 0 };
  try {
    for (;;) {
      writer.checkStopped();
      const length = readSync(fd, buffer, 0, buffer.length, note.compressedBytes);
      if (length === 0) break;
      const bytes = buffer.subarray(0, length);
      // Without native calls, inflating runs in the thread pool meanwhile.
      const inflated = note.damage ? undefined : gunzip.write(bytes).catch(damageOf(note));
      digest?.update(bytes);
      await inflated;
      note.compressedBytes += length;
      writer.countBytesRead(note.compressedBytes);
      if (note.damage && !digest) return note;
    }
    if (!note.damage) note.summary = gunzip.end();
  } catch (error) {
    if (error instanceof Stopped) throw error;
    if (error instanceof GzipDamage) damageOf(note)(error);
    else note.failure = error instanceof Error ? error.message : String(error);
  } finally {
    gunzip.close();
  }
  if (digest) note.sha256 = digest.digest('hex');
  return note;
}

/** Notes the damage, so that the file can still be hashed to its end. */
function damageOf(note: GunzipNote): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof GzipDamage)) throw error;
    note.damage = { reason: error.message, offset: error.offset };
  };
}
