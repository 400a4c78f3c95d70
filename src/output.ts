/**
 * Keeps a closed or full output from ending the run in the middle: `om-ops … | head -1` finishes its work,
 * whoever still listens; one that follows ends by itself. A result that could not be written for
 * another reason makes the exit code 1.
 */
export function guardOutput(): void {
  let lost: Error | undefined;
  let isClosed = false;
  // oclif throws whatever is no EPIPE out of its listener, as an uncaught exception.
  process.stdout.removeAllListeners('error');
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A terminal that has gone away answers EIO.
    if (error.code === 'EPIPE' || (error.code === 'EIO' && process.stdout.isTTY)) isClosed = true;
    if (isClosed || lost !== undefined) return;
    lost = error;
    process.stderr.write(`Error: The result could not be written: ${error.message} (E_OUTPUT)\n`);
  });
  process.stderr.on('error', () => {});
  process.on('exit', () => {
    if (lost !== undefined && (process.exitCode ?? 0) === 0) process.exitCode = 1;
  });
}
