import type { FolderQueue } from './queue.ts';
import type { FolderReader } from './reader.ts';

const entriesPerStep = 256;

/**
 * Reads until all threads together have read everything, or the walk is aborted. Yields whenever
 * the caller may do something else for a moment.
 *
 * @param waitMs how long to sleep at a time when there is nothing to read
 */
export function* readingFolders(
  reader: FolderReader,
  queue: FolderQueue,
  thread: number,
  waitMs: number,
): Generator<void, void, void> {
  for (;;) {
    if (reader.open.length === 0) {
      queue.beginWaiting();
      while (!queue.take(reader.open)) {
        if (queue.hasEnded) return;
        queue.wait(waitMs);
        yield;
      }
    }
    reader.enter();
    do {
      if (queue.isAborted) {
        reader.close();
        return;
      }
      reader.step(entriesPerStep);
      yield;
    } while (!reader.isBetween);
    queue.count(thread, reader.files, reader.bytes);
    if (queue.isWanted && reader.open.length > 1) queue.share(reader.open);
  }
}
