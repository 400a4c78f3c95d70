import { execStream, isOpsError } from '@om-ops/kit';
import { escapeName, isEscaped } from '../paths/escape.ts';

/**
 * Calls `onPath` with each path that is tracked, relative to the repository and escaped as
 * escape.ts says. False when git could not be asked or would not say.
 */
export type TrackedPaths = (
  repository: string,
  onPath: (path: string) => void,
  signal: AbortSignal,
) => Promise<boolean>;

// A repository belongs to somebody else more often than not when root analyses a site. Its settings
// must not make git run or fetch anything, and then its owner is of no concern.
const harmless = [
  ['safe.directory', '*'],
  ['core.fsmonitor', 'false'],
  ['core.sshCommand', 'false'],
  ['protocol.allow', 'never'],
].flatMap(([key, value]) => ['-c', `${key}=${value}`]);
const slash = 0x2f;

/** Asks `git ls-files`. */
export const gitTrackedPaths: TrackedPaths = async (repository, onPath, signal) => {
  if (isEscaped(repository)) return false;
  try {
    const { stdout, done } = await execStream(
      'git',
      ['-C', repository, ...harmless, '--no-pager', 'ls-files', '-z', '--full-name'],
      { signal, env: { GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1' } },
    );
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of stdout as AsyncIterable<Buffer>) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let start = 0;
      for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, start)) {
        onPath(escapedPath(bytes.subarray(start, end)));
        start = end + 1;
      }
      rest = bytes.subarray(start);
    }
    await done;
    return true;
  } catch (error) {
    if (isOpsError(error) && error.code === 'E_INTERRUPTED') throw error;
    return false;
  }
};

function escapedPath(bytes: Buffer): string {
  const text = bytes.toString();
  if (!/[\\\ufffd]/.test(text)) return text;
  const names: string[] = [];
  let start = 0;
  for (let end = bytes.indexOf(slash); end >= 0; end = bytes.indexOf(slash, start)) {
    names.push(escapeName(bytes.subarray(start, end)));
    start = end + 1;
  }
  names.push(escapeName(bytes.subarray(start)));
  return names.join('/');
}
