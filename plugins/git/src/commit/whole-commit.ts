import type { Progress } from '@om-ops/kit';
import type { Repository } from '../repository/repository.ts';
import {
  type UnderWay,
  underWay,
  underWayClause,
  underWaySuggestions,
} from '../repository/state.ts';
import { readWorkTree, type WorkTree } from '../repository/work-tree.ts';
import { assertIdentity } from './commit.ts';
import { type Guarding, lookBeforeCommit } from './guard.ts';

/** What stands in the way of a commit, and is the user's to end. */
export interface Obstacle {
  state: UnderWay | 'conflict';
  /** A sentence. */
  message: string;
  suggestions: string[];
}

/** What a commit of everything would take. */
export interface PlannedCommit {
  tree: WorkTree;
  /** How many files; one that moved counts once. */
  files: number;
  guarding: Guarding;
  obstacle: Obstacle | undefined;
}

export interface PlanRequest {
  largeFileMb: number;
  known: ReadonlyMap<string, string>;
  progress: Progress;
}

/** Looks and changes nothing. @throws OpsError E_NO_IDENTITY (exit 5), E_PERMISSION (5) */
export async function planCommit(
  repository: Repository,
  request: PlanRequest,
): Promise<PlannedCommit> {
  const { signal } = request.progress;
  const tree = await readWorkTree(repository, { renames: false, signal });
  const files = tree.entries.length;
  const obstacle = obstacleOf(repository, tree);
  const nothing = { refused: [], looked: { files: 0, bytes: 0, binary: 0 }, seen: new Map() };
  if (obstacle !== undefined || files === 0) return { tree, files, guarding: nothing, obstacle };
  await assertIdentity(repository, signal);
  return { tree, files, guarding: await lookBeforeCommit(repository, tree, request), obstacle };
}

/** What is under way, or to be merged by hand. */
export function obstacleOf(repository: Repository, { entries }: WorkTree): Obstacle | undefined {
  const state = underWay(repository);
  const conflicts = entries.filter(({ kind }) => kind === 'unmerged').length;
  if (state !== null) {
    return {
      state,
      message: `${underWayClause(state)}: nothing was committed.`,
      suggestions: underWaySuggestions(state),
    };
  }
  if (conflicts === 0) return undefined;
  return {
    state: 'conflict',
    message: 'Files are to be merged by hand: nothing was committed.',
    suggestions: ['See which: om-ops git status', 'Mend them, and say so of each: git add FILE'],
  };
}
