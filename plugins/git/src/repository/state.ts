import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Repository } from './repository.ts';

/** What was begun in a work tree and is not ended. */
export type UnderWay = 'merge' | 'rebase' | 'am' | 'cherry-pick' | 'revert' | 'bisect';

const ways: Record<UnderWay, { name: string; goOn: string; giveUp: string }> = {
  merge: { name: 'A merge', goOn: 'git merge --continue', giveUp: 'git merge --abort' },
  rebase: { name: 'A rebase', goOn: 'git rebase --continue', giveUp: 'git rebase --abort' },
  am: { name: 'Applying patches (git am)', goOn: 'git am --continue', giveUp: 'git am --abort' },
  'cherry-pick': {
    name: 'A cherry-pick',
    goOn: 'git cherry-pick --continue',
    giveUp: 'git cherry-pick --abort',
  },
  revert: { name: 'A revert', goOn: 'git revert --continue', giveUp: 'git revert --abort' },
  bisect: { name: 'A bisect', goOn: 'git bisect good, or bad', giveUp: 'git bisect reset' },
};

/** What is under way in the work tree; null most of the time. */
export function underWay({ gitDir }: Repository): UnderWay | null {
  const has = (name: string) => existsSync(join(gitDir, name));
  if (has('rebase-merge')) return 'rebase';
  if (has('rebase-apply')) return has('rebase-apply/applying') ? 'am' : 'rebase';
  if (has('MERGE_HEAD')) return 'merge';
  if (has('CHERRY_PICK_HEAD')) return 'cherry-pick';
  if (has('REVERT_HEAD')) return 'revert';
  if (has('sequencer/todo')) return sequenced(join(gitDir, 'sequencer/todo'));
  return has('BISECT_START') ? 'bisect' : null;
}

/** Between two commits of a row of them neither head is there. */
function sequenced(file: string): UnderWay {
  return /^revert\b/m.test(readFileSync(file, 'utf8')) ? 'revert' : 'cherry-pick';
}

/** `A merge is under way`, without a full stop. */
export function underWayClause(state: UnderWay): string {
  return `${ways[state].name} is under way`;
}

export function underWaySuggestions(state: UnderWay): string[] {
  return [`End it: ${ways[state].goOn}`, `Or give it up: ${ways[state].giveUp}`];
}
