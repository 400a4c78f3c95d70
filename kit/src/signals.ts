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
  let seen = 0;
  let timer: NodeJS.Timeout | undefined;
  const leave = () => process.exit(exitCodes.interrupted);
  const leaveUnlessProtected = () => {
    if (operation.protectedWork === undefined) leave();
    timer = setTimeout(leaveUnlessProtected, 500);
  };
  const handler = () => {
    seen += 1;
    const { protectedWork } = operation;
    if (seen > 1 && (protectedWork === undefined || seen > 2)) leave();
    if (protectedWork !== undefined)
      process.stderr.write(
        `Wait: ${protectedWork}. Ctrl-C ${seen === 1 ? 'twice more' : 'once more'} leaves it half done.\n`,
      );
    if (seen > 1) return;
    timer = setTimeout(leaveUnlessProtected, 8000);
    timer.unref();
    operation.abort(interrupted());
  };
  for (const signal of signals) process.on(signal, handler);
  return () => {
    clearTimeout(timer);
    for (const signal of signals) process.off(signal, handler);
  };
}
