import { promises } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError } from '../errors.ts';
import { temporaryPath } from '../store/temporary.ts';

/** A private folder for what lives as long as one backup is made. Disposing removes it. */
export interface WorkFolder extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes one in `parent`, under a name that tells a later run whether its maker still lives, so that
 * `removeLeftovers` clears away what a killed run left.
 */
export async function makeWorkFolder(parent: string): Promise<WorkFolder> {
  const path = temporaryPath(join(parent, 'dumps'));
  try {
    await promises.mkdir(path, { mode: 0o700 });
  } catch (error) {
    throw fromSystemError(error, 'make the folder', path);
  }
  return {
    path,
    [Symbol.asyncDispose]: () => promises.rm(path, { recursive: true, force: true, maxRetries: 3 }),
  };
}
