import { exitCodes, interrupted } from './errors.ts';
import type { Operation } from './operation/operation.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Ends the operation on the first signal, and the process on the second or when ending takes more than
 * eight seconds. Half-written files then wait for the next run, which removes them.
 *
 * @returns takes the handlers away again
 */
export function handleSignals(operation: Operation): () => void {
  let seen = false;
  let timer: NodeJS.Timeout | undefined;
  const leave = () => process.exit(exitCodes.interrupted);
  const handler = () => {
    if (seen) leave();
    seen = true;
    timer = setTimeout(leave, 8000);
    timer.unref();
    operation.abort(interrupted());
  };
  for (const signal of signals) process.on(signal, handler);
  return () => {
    clearTimeout(timer);
    for (const signal of signals) process.off(signal, handler);
  };
}
