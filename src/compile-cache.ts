import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Keeps compiled code between runs, in the user's own folder: in the shared temporary folder, Node's
 * default, another user could plant code that root then runs.
 */
export function useCompileCache(env: NodeJS.ProcessEnv = process.env): void {
  const cache = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  module.enableCompileCache(join(cache, 'om-ops', 'compiled'));
}
