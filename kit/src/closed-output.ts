import { fstatSync } from 'node:fs';

export interface ClosedOutput {
  /** Aborts when nobody reads standard output any more. */
  readonly signal: AbortSignal;
  /** Has to be called in the end. */
  stop(): void;
}

/**
 * Notices that the reader of standard output has gone away, as with `| head -1`: at the next write, and, where it is a
 * pipe, at once, however quiet the source is. Node has no way to ask; `tail -f` watches its standard
 * output for just this, and is given ours.
 */
export function watchClosedOutput(): ClosedOutput {
  const closed = new AbortController();
  const abort = () => closed.abort();
  const { stdout } = process;
  stdout.once('error', abort).once('close', abort);
  const ended = new AbortController();
  if (isPipe(1)) void watch(ended.signal, abort);
  return {
    signal: closed.signal,
    stop() {
      stdout.off('error', abort).off('close', abort);
      ended.abort();
    },
  };
}

async function watch(signal: AbortSignal, onClosed: () => void): Promise<void> {
  const { execa } = await import('execa');
  const ended = await execa('tail', ['-f', '/dev/null'], {
    stdio: ['ignore', 'inherit', 'ignore'],
    reject: false,
    cancelSignal: signal,
    killDescendants: true,
  });
  // Where there is no such `tail`, the next line that cannot be written tells.
  if (ended.signal === 'SIGPIPE') onClosed();
}

function isPipe(fd: number): boolean {
  try {
    return fstatSync(fd).isFIFO();
  } catch {
    return false;
  }
}
