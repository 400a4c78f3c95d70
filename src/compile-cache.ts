import module from 'node:module';
import { join } from 'node:path';
import { privateCacheFolder } from '@om-ops/kit/cache-folder';

/**
 * Keeps compiled code between runs, in the user's own folder: in the shared temporary folder, Node's
 * default, another user could plant code that root then runs.
 */
export function useCompileCache(): void {
  const folder = privateCacheFolder();
  if (folder !== undefined) module.enableCompileCache(join(folder, 'compiled'));
}
