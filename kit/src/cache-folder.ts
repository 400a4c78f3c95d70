import { lstatSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * The folder for what may be lost and made again, `$XDG_CACHE_HOME/om-ops` or `~/.cache/om-ops`, mode
 * 0700. Undefined unless it belongs to this very user and nobody else may write in it: what is read
 * from it is believed, and under `sudo` HOME may be another user's.
 *
 * Imports nothing but Node's own modules, because it is asked for before anything is loaded.
 */
export function privateCacheFolder(env: NodeJS.ProcessEnv = process.env): string | undefined {
  try {
    const base = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
    const folder = join(base, 'om-ops');
    // Made in another user's HOME, as under sudo, it would shut that user out of it.
    if (!isOurs(base)) {
      if (lstatSync(base, { throwIfNoEntry: false }) !== undefined || !isOurs(dirname(base)))
        return undefined;
      makeFolder(base);
    }
    makeFolder(folder);
    const { uid, mode } = lstatSync(folder);
    const mine =
      uid === process.geteuid?.() && (mode & 0o022) === 0 && (mode & 0o170000) === 0o040000;
    return mine ? folder : undefined;
  } catch {
    return undefined;
  }
}

function isOurs(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.uid === process.geteuid?.();
}

// Not `recursive`: below /proc and the like Node would try for ever.
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
