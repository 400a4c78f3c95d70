import { closeSync, fstatSync, openSync } from 'node:fs';
import { type ResourceLimits, Worker } from 'node:worker_threads';
import { fromSystemError, interrupted, OpsError, type Progress } from '@om-ops/kit';
import { ringMemory, ringWatch } from '../gzip/gunzip-ring.ts';
import type { GunzipWork } from '../gzip/gunzip-worker.ts';
import type { ReadingMessage, ReadingWork } from './reader-thread.ts';

/** An archive that stays the same file while it is read more than once. */
export interface OpenArchive {
  path: string;
  fd: number;
  bytes: number;
  close(): void;
}

/** Throws E_NOT_FOUND, E_PERMISSION, or E_NOT_A_FILE. */
export function openArchive(path: string): OpenArchive {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const stat = fstatSync(fd);
    if (!stat.isFile())
      throw new OpsError('E_NOT_A_FILE', `${path} is not a file, so it is no archive.`, {
        exit: 'usage',
        suggestions: ['Name a .tar.gz file, or a category: om-ops backup list'],
      });
    const open = fd;
    return { path, fd, bytes: stat.size, close: () => closeSync(open) };
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    throw fromSystemError(error, 'read the archive', path);
  }
}

export interface ReadingOptions<Data> {
  archive: OpenArchive;
  /** The module of the thread that reads; it calls `runReadingThread`. */
  module: URL;
  data: Data;
  /** Compute the SHA-256 of the file on the way. */
  hash?: boolean;
  stage: string;
  totalFiles?: number;
  progress: Progress;
  onBatch?: (batch: unknown) => void;
}

const reportEveryMs = 100;

/**
 * Reads an archive in two threads of its own, one inflating and one working on what comes out, so
 * that this one stays free. Resolves with what the second returns, once both have ended. On abort
 * both stop at their next step, the second after clearing up.
 */
export async function readInThreads<Result>(options: ReadingOptions<unknown>): Promise<Result> {
  const { archive, progress, stage, totalFiles } = options;
  if (progress.signal.aborted) throw interrupted();
  const ring = ringMemory();
  const watch = ringWatch(ring);
  const taken = new SharedArrayBuffer(4);
  const report = (): void =>
    progress.report({
      stage,
      bytes: watch.bytesRead(),
      totalBytes: archive.bytes,
      files: watch.membersDone(),
      ...(totalFiles === undefined ? {} : { totalFiles }),
    });
  const timer = setInterval(report, reportEveryMs);
  progress.signal.addEventListener('abort', watch.stop);
  try {
    const gunzipWork: GunzipWork = { fd: archive.fd, ring, hash: options.hash ?? false };
    const gunzip = start(
      sibling(import.meta.url, '../gzip/gunzip-worker'),
      gunzipWork,
      heaps.gunzip,
    );
    const work: ReadingWork<unknown> = { archive: archive.path, ring, taken, data: options.data };
    const reading = start(options.module, work, heaps.reading);
    let last: ReadingMessage | undefined;
    reading.on('message', (message: ReadingMessage) => {
      if (message.kind === 'warning') progress.warn(message.message);
      else if (message.kind === 'batch') {
        options.onBatch?.(message.batch);
        Atomics.add(new Int32Array(taken), 0, 1);
        Atomics.notify(new Int32Array(taken), 0);
      } else last = message;
    });
    const crashes = await Promise.all([
      ended(gunzip).then((crash) => {
        if (crash) watch.stop();
        return crash;
      }),
      // Nobody takes what the other one inflates any more.
      ended(reading).finally(watch.stop),
    ]);
    const crash = crashes.find((error) => error !== undefined);
    report();
    if (last?.kind === 'result') return last.result as Result;
    if (last?.kind === 'failure') throw new OpsError(last.code, last.message, last.options);
    if (last?.kind === 'bug') throw last.error;
    if (progress.signal.aborted) throw interrupted();
    throw crash === undefined
      ? new Error(`The thread that read ${archive.path} ended without a word.`)
      : startFailure(crash, archive.path);
  } finally {
    clearInterval(timer);
    progress.signal.removeEventListener('abort', watch.stop);
  }
}

/** A thread that found no descriptors or memory to begin with says so in words only. */
function startFailure(crash: Error, archive: string): Error {
  const code = /\b(?:EMFILE|ENFILE|ENOMEM)\b/.exec(crash.message)?.[0];
  return code === undefined
    ? crash
    : fromSystemError(Object.assign(new Error(crash.message), { code }), 'read', archive);
}

/** The URL of a module beside this one, as source (.ts) or as built (.js). */
export function sibling(from: string, name: string): URL {
  return new URL(`${name}${from.endsWith('.ts') ? '.ts' : '.js'}`, from);
}

/** V8 lets the heaps of two more threads grow to what the machine has unless it is told not to. */
const heaps = {
  gunzip: { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 32 },
  reading: { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 96 },
};

function start(module: URL, data: unknown, resourceLimits: ResourceLimits): Worker {
  // Not the options of this process, some of which a thread refuses to start with.
  return new Worker(module, { workerData: data, resourceLimits, execArgv: [] });
}

/** Resolves when the thread has ended, with the error it crashed with. */
function ended(worker: Worker): Promise<Error | undefined> {
  return new Promise((resolve) => {
    let crash: Error | undefined;
    worker.on('error', (error) => {
      crash = error instanceof Error ? error : new Error(String(error));
    });
    worker.on('exit', () => resolve(crash));
  });
}
