import { parentPort } from 'node:worker_threads';
import { type LogPart, scanPart } from './log-part.ts';

// One part after the other, as they are handed out, until the thread is ended.
parentPort?.on('message', (part: LogPart) => {
  scanPart(part).then(
    (scanned) => parentPort?.postMessage({ scanned }),
    (error: NodeJS.ErrnoException) =>
      parentPort?.postMessage({ failed: { message: error.message, code: error.code ?? null } }),
  );
});
