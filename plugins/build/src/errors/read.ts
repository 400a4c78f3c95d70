import { Worker } from 'node:worker_threads';
import { interrupted, type Progress } from '@om-ops/kit';
import type { LogPart } from './log-part.ts';
import type { ScannedPart } from './scan.ts';

export interface ReadPart {
  part: LogPart;
  scanned?: ScannedPart;
  /** Why it could not be read: `code` as the system has it. */
  failed?: Error;
}

const threads = 2;

interface Answer {
  scanned?: ScannedPart;
  failed?: { message: string; code: string | null };
}

/** Scans the parts in two threads of their own; the answers come in the order of the parts. @throws OpsError E_INTERRUPTED */
export async function scanParts(
  parts: readonly LogPart[],
  progress: Progress,
): Promise<ReadPart[]> {
  const { signal } = progress;
  if (signal.aborted) throw interrupted();
  const answers: ReadPart[] = parts.map((part) => ({ part }));
  const totalBytes = parts.reduce((sum, part) => sum + bytesOf(part), 0);
  let next = 0;
  let bytes = 0;
  const workers = Array.from({ length: Math.min(threads, parts.length) }, startWorker);
  const stop = () => {
    for (const worker of workers) void worker.terminate();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    await Promise.all(
      workers.map(
        (worker) =>
          new Promise<void>((resolve, reject) => {
            let at = -1;
            const handOut = () => {
              at = next;
              next += 1;
              const part = parts[at];
              if (part === undefined) resolve();
              else worker.postMessage(part);
            };
            worker.on('message', ({ scanned, failed }: Answer) => {
              const answer = answers[at] as ReadPart;
              if (scanned !== undefined) answer.scanned = scanned;
              else
                answer.failed = Object.assign(new Error(failed?.message), { code: failed?.code });
              bytes += bytesOf(answer.part);
              progress.report({ stage: 'reading the logs', bytes, totalBytes });
              handOut();
            });
            worker.once('error', reject);
            worker.once('exit', () =>
              reject(
                signal.aborted ? interrupted() : new Error('A thread that read logs ended early.'),
              ),
            );
            handOut();
          }),
      ),
    );
    return answers;
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

function bytesOf({ from, to }: LogPart): number {
  return to === Number.MAX_SAFE_INTEGER ? 0 : to - from;
}

function startWorker(): Worker {
  const file = import.meta.url.endsWith('.ts') ? './log-worker.ts' : './log-worker.js';
  return new Worker(new URL(file, import.meta.url), {
    execArgv: [],
    // Text of logs is thrown away as fast as it comes.
    resourceLimits: { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 96 },
  });
}
