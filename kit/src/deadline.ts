/**
 * Gives work a limit of time: its signal is aborted when the time is up, and whoever waits goes on
 * even if it does not heed that. The process stays alive meanwhile, which a timer of
 * `AbortSignal.timeout` would not see to.
 *
 * @throws the signal's reason when that is aborted; an Error `no answer within N s`; what `work` throws
 */
export async function withDeadline<T>(
  timeoutMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const late = new AbortController();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const reason = new Error(`no answer within ${timeoutMs / 1000} s`);
    reject(reason);
    late.abort(reason);
  }, timeoutMs);
  const interrupt = () => reject(signal.reason);
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    return await Promise.race([work(AbortSignal.any([signal, late.signal])), ended]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', interrupt);
  }
}
