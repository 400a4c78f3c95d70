import { Errors, flush, run } from '@oclif/core';
import { healKitLink } from './kit-link.ts';

/** Runs one command line to its end and leaves the exit code on the process. */
export async function runOmOps(argv: string[]): Promise<void> {
  await healKitLink();
  try {
    await run(argv, import.meta.url);
    await flush();
  } catch (error) {
    const { handleStray } = await import('./stray-error.ts');
    if (await handleStray(error, argv)) return;
    await Errors.handle(error instanceof Error ? error : new Error(String(error)));
  }
}
