import { formatFacts, plural, printableName } from '@om-ops/kit/text';
import { underWayClause, underWaySuggestions } from '../repository/state.ts';
import type { GitStatus } from '../status.ts';
import { branchText, listText, standingText } from './words.ts';

export function statusText(status: GitStatus): string {
  const { commit, state, conflicts, staged, changed, untracked, renamed } = status;
  const from = new Map(renamed.map((one) => [one.path, one.from]));
  const withOld = (path: string) => {
    const old = from.get(path);
    return old === undefined ? path : `${path} (was ${old})`;
  };
  const isClean = [conflicts, staged, changed, untracked].every(({ length }) => length === 0);
  const facts = formatFacts([
    ['repository', printableName(status.repository)],
    ['branch', branchText(status)],
    ['commit', commit ?? 'none yet'],
    ['upstream', standingText(status)],
    ...(state === null ? [] : [['state', `${underWayClause(state)}.`] as const]),
  ]);
  return [
    facts,
    listText(`To be merged by hand: ${plural(conflicts.length, 'file')}`, conflicts),
    listText(`Staged: ${plural(staged.length, 'file')}`, staged.map(withOld)),
    listText(`Changed: ${plural(changed.length, 'file')}`, changed),
    listText(`Not tracked: ${plural(untracked.length, 'file')}`, untracked),
    isClean ? 'Nothing has changed since the last commit.' : '',
    nextText(status, isClean),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function nextText({ state, ahead, behind }: GitStatus, isClean: boolean): string {
  if (state !== null) return underWaySuggestions(state).join('\n');
  if (!isClean) return 'Keep it all as it is: om-ops git checkpoint\nCommit it: om-ops git commit';
  if ((ahead ?? 0) > 0 && behind === 0) return 'Push it: om-ops git push';
  return '';
}
