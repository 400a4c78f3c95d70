import type { Repository } from './repository.ts';

/** No hook has a say, and no line end is refused. */
export const withoutHooks = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.safecrlf=false'];

/** Before `-p PARENT -F FILE TREE`. */
export const commitTreeArgs = [
  ...withoutHooks,
  ...['-c', 'i18n.commitEncoding=UTF-8', 'commit-tree', '--no-gpg-sign'],
];

/** For who has no name in git. */
export const nameless = Object.fromEntries(
  ['AUTHOR', 'COMMITTER'].flatMap((role) => [
    [`GIT_${role}_NAME`, 'om-ops'],
    [`GIT_${role}_EMAIL`, 'om-ops@localhost'],
  ]),
);

export interface TreeCommit {
  tree: string;
  parent: string | null;
  message: string;
  signal: AbortSignal;
}

/** A commit that no hook has seen and nobody signs; who has no name in git gets that of om-ops. */
export async function commitTree(
  repository: Repository,
  { tree, parent, message, signal }: TreeCommit,
): Promise<string> {
  const args = [...commitTreeArgs, ...(parent === null ? [] : ['-p', parent]), '-F', '-', tree];
  const input = endedLine(message);
  const first = await repository.run(args, { input, accept: 'any', signal });
  if (first.exitCode === 0) return first.text();
  return (await repository.run(args, { input, env: nameless, signal })).text();
}

export function endedLine(message: string): string {
  return message.endsWith('\n') ? message : `${message}\n`;
}
