/**
 * Keeps a closed or full output from ending the run in the middle: `om-ops … | head -1` finishes its work,
 * whoever still listens. A result that could not be written for another reason makes the exit code 1.
 */
export function guardOutput(): void {
  let lost: Error | undefined;
  // oclif throws whatever is no EPIPE out of its listener, as an uncaught exception.
  process.stdout.removeAllListeners('error');
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || lost !== undefined) return;
    lost = error;
    process.stderr.write(`Error: The result could not be written: ${error.message} (E_OUTPUT)\n`);
  });
  process.stderr.on('error', () => {});
  process.on('exit', () => {
    if (lost !== undefined && (process.exitCode ?? 0) === 0) process.exitCode = 1;
  });
}
