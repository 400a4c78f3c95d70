import { mkdirSync, statSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { privateCacheFolder } from '@om-ops/kit/cache-folder';

/**
 * Keeps compiled code between runs, in the user's own folder: in the shared temporary folder, Node's
 * default, another user could plant code that root then runs. Begins with the second run: where every
 * run is the first, as in a container that is thrown away, nothing is written in vain.
 */
export function useCompileCache(): void {
  const folder = privateCacheFolder();
  if (folder === undefined) return;
  const compiled = join(folder, 'compiled');
  if (statSync(compiled, { throwIfNoEntry: false }) !== undefined) {
    module.enableCompileCache(compiled);
    return;
  }
  try {
    mkdirSync(compiled, { mode: 0o700 });
  } catch {
    // A folder that fills up, or another run that was quicker: the next one sees.
  }
}
