import { parentPort, workerData } from 'node:worker_threads';
import { GzipDamage } from '../gzip/gunzip.ts';
import { type RingMemory, type RingReader, ringReader, Stopped } from '../gzip/gunzip-ring.ts';
import type { GunzipNote } from '../gzip/gunzip-worker.ts';
import { type ByteSource, TarReader } from './reader.ts';
import { corruptArchive, isDamage, ReadingFailure } from './reader-damage.ts';

/** What such a thread is started with. */
export interface ReadingWork<Data> {
  archive: string;
  ring: RingMemory;
  /** Counts the batches that were taken, so that the thread does not run ahead of who reads them. */
  taken: SharedArrayBuffer;
  data: Data;
}

/** What it sends back: any number of warnings and batches, then one of the others. */
export type ReadingMessage =
  | { kind: 'warning'; message: string }
  | { kind: 'batch'; batch: unknown }
  | { kind: 'result'; result: unknown }
  | { kind: 'stopped' }
  | {
      kind: 'failure';
      code: ReadingFailure['code'];
      message: string;
      options: ReadingFailure['options'];
    }
  | { kind: 'bug'; error: Error };

/** What the work in such a thread is handed. */
export interface ReadingThread<Data> {
  readonly archive: string;
  readonly data: Data;
  readonly reader: TarReader;
  warn(message: string): void;
  /** Blocks while four batches wait to be taken. */
  send(batch: unknown): void;
  /** One more member is done, for whoever watches. */
  countMember(): void;
  /** Throws Stopped when the user wants no more of it. */
  checkStopped(): void;
  /** How inflating ended; after the reader came to its end or failed. */
  gunzipNote(): GunzipNote;
}

const batchesAhead = 4;

/** Runs `work` in this worker thread on what another one inflates, and sends what it returns. */
export async function runReadingThread<Data>(
  work: (thread: ReadingThread<Data>) => unknown,
): Promise<void> {
  const { archive, ring, taken, data } = workerData as ReadingWork<Data>;
  const bytes = ringReader(ring);
  const reader = new TarReader(inflated(bytes));
  const post = (message: ReadingMessage): void => parentPort?.postMessage(message);
  const takenCount = new Int32Array(taken);
  let sent = 0;
  try {
    const result = await work({
      archive,
      data,
      reader,
      warn: (message) => post({ kind: 'warning', message }),
      send(batch) {
        for (;;) {
          const count = Atomics.load(takenCount, 0);
          if (sent - count < batchesAhead) break;
          bytes.checkStopped();
          Atomics.wait(takenCount, 0, count, 100);
        }
        sent++;
        post({ kind: 'batch', batch });
      },
      countMember: bytes.countMember,
      checkStopped: bytes.checkStopped,
      gunzipNote() {
        while (bytes.next() !== undefined);
        return bytes.ending().note as GunzipNote;
      },
    });
    post({ kind: 'result', result });
  } catch (error) {
    if (error instanceof Stopped) post({ kind: 'stopped' });
    else post(failure(isDamage(error) ? corruptArchive(archive, error, reader.lastWhole) : error));
  }
}

function inflated(bytes: RingReader): ByteSource {
  return {
    next() {
      const next = bytes.next();
      if (next !== undefined) return next;
      const { failed, note } = bytes.ending() as { failed: boolean; note: GunzipNote };
      if (!failed) return undefined;
      if (note.damage) throw new GzipDamage(note.damage.reason, note.damage.offset);
      throw new ReadingFailure('E_IO', `Cannot read the archive: ${note.failure}.`);
    },
  };
}

function failure(error: unknown): ReadingMessage {
  if (error instanceof ReadingFailure)
    return { kind: 'failure', code: error.code, message: error.message, options: error.options };
  return { kind: 'bug', error: error instanceof Error ? error : new Error(String(error)) };
}
