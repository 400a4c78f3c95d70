import { renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { temporaryPath } from '@om-ops/kit';

const workingFolder = -100;
const renameExchange = 2;

type Rename = (from: number, one: string, to: number, other: string, flags: number) => number;

let kernel: Rename | null | undefined;

/** Null where it cannot be called: musl, an old libc. */
function kernelRename(): Rename | null {
  if (kernel !== undefined) return kernel;
  try {
    const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi');
    const call = koffi
      .load(null)
      .func('int renameat2(int, const char *, int, const char *, unsigned int)');
    kernel = call as unknown as Rename;
  } catch {
    kernel = null;
  }
  return kernel;
}

/**
 * Lets two names of one file system change places. `atomic`: at no moment is nothing there; `renamed`:
 * where the system cannot do that, for some microseconds.
 *
 * @throws what the file system throws
 */
export function exchange(one: string, other: string): 'atomic' | 'renamed' {
  if (kernelRename()?.(workingFolder, one, workingFolder, other, renameExchange) === 0)
    return 'atomic';
  const aside = temporaryPath(one);
  renameSync(one, aside);
  try {
    renameSync(other, one);
  } catch (error) {
    renameSync(aside, one);
    throw error;
  }
  renameSync(aside, other);
  return 'renamed';
}
