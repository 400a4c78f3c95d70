import { resolve } from 'node:path';
import { isThere, OpsError } from '@om-ops/kit';

/**
 * Absolute paths of the files and folders to attach, each once.
 *
 * @throws OpsError E_NO_ATTACHMENT (exit 2) naming every one that does not exist
 */
export function checkedAttachments(paths: readonly string[], cwd: string): string[] {
  const absolute = [...new Set(paths.map((path) => resolve(cwd, path)))];
  const missing = absolute.filter((path) => !isThere(path));
  if (missing.length > 0) {
    throw new OpsError(
      'E_NO_ATTACHMENT',
      `Cannot attach ${missing.join(', ')}: ${missing.length === 1 ? 'it does' : 'they do'} not exist.`,
      {
        exit: 'usage',
        suggestions: ['Check the paths; relative ones count from the current folder.'],
      },
    );
  }
  return absolute;
}
