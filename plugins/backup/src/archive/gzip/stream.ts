import type { ArchiveOutput } from './sink.ts';
import { sinkOf } from './sink.ts';
import { type GzipOptions, type GzipTotals, GzipWriter } from './writer.ts';

export interface GzipStreamOptions extends GzipOptions {
  /** Called now and then with the bytes read so far. */
  onBytes?: (rawBytes: number) => void;
  signal?: AbortSignal;
}

/**
 * Compresses whatever the input yields into one gzip member: a `Readable`, the output of a child
 * process, an async generator. Reads no further than the output keeps up.
 *
 * Rejects with the first error of input or output, or with the signal's reason; the output is then
 * incomplete and its caller's to remove.
 */
export async function gzipStream(
  input: AsyncIterable<Uint8Array>,
  output: ArchiveOutput,
  { onBytes, signal, ...options }: GzipStreamOptions = {},
): Promise<GzipTotals> {
  signal?.throwIfAborted();
  let rejectNext: ((reason: unknown) => void) | undefined;
  const onFailure = (error: unknown) => {
    options.onFailure?.(error);
    rejectNext?.(error);
  };
  const writer = new GzipWriter(sinkOf(output), { ...options, onFailure });
  const iterator = input[Symbol.asyncIterator]();
  const onAbort = () => void writer.abort(signal?.reason);
  // Not `Promise.race` with one promise for all rounds: it would keep a reaction for every chunk.
  const next = () =>
    new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
      rejectNext = reject;
      iterator.next().then(resolve, reject);
    });
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    for (let chunk = await next(); chunk.done !== true; chunk = await next()) {
      await writer.write(chunk.value);
      onBytes?.(writer.rawBytes);
    }
    return await writer.finish();
  } catch (error) {
    await writer.abort(error);
    // Not waited for: a generator that hangs in a read of its own answers only when that ends.
    iterator.return?.()?.catch(() => undefined);
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}
