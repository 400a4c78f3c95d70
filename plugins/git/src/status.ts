import { shownPath } from './repository/byte-path.ts';
import type { Repository } from './repository/repository.ts';
import { type UnderWay, underWay } from './repository/state.ts';
import { readWorkTree, type WorkTreeEntry } from './repository/work-tree.ts';

export interface GitStatus {
  /** The top of the repository. */
  repository: string;
  /** Null when HEAD is detached. */
  branch: string | null;
  /** Null in a repository without a commit. */
  commit: string | null;
  upstream: string | null;
  /** Commits that the upstream does not have, as of the last fetch; null without one. */
  ahead: number | null;
  behind: number | null;
  detached: boolean;
  /** What is under way. */
  state: UnderWay | null;
  /** Paths from the top. A file that was staged and changed again stands in both lists. */
  staged: string[];
  changed: string[];
  untracked: string[];
  /** Those that are to be merged by hand. */
  conflicts: string[];
  /** New path to old one. */
  renamed: { path: string; from: string }[];
}

/** What git says of the checkout. Changes nothing, the index's file neither. */
export async function gitStatus(repository: Repository, signal?: AbortSignal): Promise<GitStatus> {
  const tree = await readWorkTree(repository, { signal });
  const paths = (wanted: (entry: WorkTreeEntry) => boolean) =>
    tree.entries.filter(wanted).map(({ path }) => shownPath(path));
  return {
    repository: repository.top,
    branch: tree.branch,
    commit: tree.head,
    upstream: tree.upstream,
    ahead: tree.ahead,
    behind: tree.behind,
    detached: tree.branch === null,
    state: underWay(repository),
    staged: paths(({ kind, inIndex }) => kind === 'changed' && inIndex !== '.'),
    changed: paths(({ kind, inTree }) => kind === 'changed' && inTree !== '.'),
    untracked: paths(({ kind }) => kind === 'untracked'),
    conflicts: paths(({ kind }) => kind === 'unmerged'),
    renamed: tree.entries.flatMap(({ path, from }) =>
      from === undefined ? [] : [{ path: shownPath(path), from: shownPath(from) }],
    ),
  };
}
