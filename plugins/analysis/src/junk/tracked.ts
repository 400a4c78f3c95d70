import { dirname } from 'node:path';
import { isOpsError } from '@om-ops/kit';
import { git } from '../git.ts';
import { escapePath, isEscaped, pathBytes } from '../paths/escape.ts';

/**
 * Calls `onPath` with each path that is tracked, relative to the repository and escaped as
 * escape.ts says. False when git could not be asked or would not say.
 *
 * @param repository its real path
 */
export type TrackedPaths = (
  repository: string,
  onPath: (path: string) => void,
  signal: AbortSignal,
) => Promise<boolean>;

/**
 * Which of these paths, relative to the repository, git is told to ignore; undefined when it could
 * not be asked. A path need not exist.
 */
export type IgnoredPaths = (
  repository: string,
  paths: readonly string[],
  signal: AbortSignal,
) => Promise<ReadonlySet<string> | undefined>;

// A repository belongs to somebody else more often than not when root analyses a site. Its settings
// must not make git run or fetch anything, and then its owner is of no concern.
const harmless = [
  ['safe.directory', '*'],
  ['core.fsmonitor', 'false'],
  ['core.sshCommand', 'false'],
  ['protocol.allow', 'never'],
].flatMap(([key, value]) => ['-c', `${key}=${value}`]);

/**
 * Git's own variables, from a hook or a shell that works on another repository, would have it
 * answer for that one. A `.git` that is none must not have it answer for a repository above, whose
 * paths are others.
 */
function gitEnvironment(repository: string): Record<string, string | undefined> {
  const inherited = Object.keys(process.env).filter((name) => name.startsWith('GIT_'));
  return {
    ...Object.fromEntries(inherited.map((name) => [name, undefined])),
    GIT_CEILING_DIRECTORIES: dirname(repository),
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
  };
}

const gitArguments = (repository: string): string[] => [
  '-C',
  repository,
  // Else core.worktree and core.bare of the repository say which files it is about.
  '--work-tree=.',
  ...harmless,
  '--no-pager',
];

/** Asks `git ls-files`. */
export const gitTrackedPaths: TrackedPaths = async (repository, onPath, signal) => {
  if (isEscaped(repository)) return false;
  try {
    const { stdout, done } = await git.stream(
      [...gitArguments(repository), 'ls-files', '-z', '--full-name'],
      { signal, env: gitEnvironment(repository) },
    );
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of stdout as AsyncIterable<Buffer>) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let start = 0;
      for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, start)) {
        onPath(escapePath(bytes.subarray(start, end)));
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

/** Asks `git check-ignore`. */
export const gitIgnoredPaths: IgnoredPaths = async (repository, paths, signal) => {
  if (isEscaped(repository)) return undefined;
  // A name may begin with what git takes for more than a name: `:(top)`.
  const asked = new Map(paths.map((path) => [`./${pathBytes(path).toString('latin1')}`, path]));
  try {
    const { stdout, done } = await git.stream(
      [...gitArguments(repository), 'check-ignore', '--no-index', '-z', '--stdin'],
      {
        signal,
        env: gitEnvironment(repository),
        input: Buffer.from([...asked.keys()].map((path) => `${path}\0`).join(''), 'latin1'),
        // 1: none of them.
        accept: [0, 1],
      },
    );
    const chunks: Buffer[] = [];
    for await (const chunk of stdout as AsyncIterable<Buffer>) chunks.push(chunk);
    await done;
    const printed = Buffer.concat(chunks).toString('latin1').split('\0');
    return new Set(printed.flatMap((path) => asked.get(path) ?? []));
  } catch (error) {
    if (isOpsError(error) && error.code === 'E_INTERRUPTED') throw error;
    return undefined;
  }
};
