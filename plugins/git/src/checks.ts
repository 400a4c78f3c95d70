import { type Check, type CheckAnswer, mayBeThere, type Panel, type Site } from '@om-ops/kit';
import { plural } from '@om-ops/kit/text';
import { git } from './git.ts';
import { findRepository } from './repository/open.ts';
import { underWayClause, underWaySuggestions } from './repository/state.ts';
import { type GitStatus, gitStatus } from './status.ts';
import { branchText, standingText } from './view/words.ts';

const notUsed = { state: 'off', message: 'The site is in no git repository.' } as const;

/** What is looked at in the checkout of the site. */
export function gitChecks(site: Site): Check[] {
  const looked = (answer: (status: GitStatus) => CheckAnswer) => async (signal: AbortSignal) => {
    const status = await statusOf(site, signal);
    return status === undefined ? notUsed : answer(status);
  };
  // What somebody works at is not looked at twice a minute.
  const common = { everyMs: 10 * 60_000, samples: 1, command: 'om-ops git status' } as const;
  return [
    { ...common, key: 'changes', title: 'Changes in the checkout', run: looked(changesAnswer) },
    { ...common, key: 'upstream', title: 'Branch and upstream', run: looked(upstreamAnswer) },
    { ...common, key: 'state', title: 'State of the checkout', run: looked(stateAnswer) },
  ];
}

async function statusOf(site: Site, signal: AbortSignal): Promise<GitStatus | undefined> {
  if (!mayBeThere(site.root)) return undefined;
  const repository = findRepository(site.root);
  if (repository === undefined) return undefined;
  git.need();
  return gitStatus(repository, signal);
}

function dirtyCount({ staged, changed, untracked, conflicts }: GitStatus): number {
  return new Set([...staged, ...changed, ...untracked, ...conflicts]).size;
}

function changesAnswer(status: GitStatus): CheckAnswer {
  const count = dirtyCount(status);
  const metrics = [
    { key: 'changes', label: 'Files not committed', value: count, unit: 'count', welcome: 'down' },
  ] as const;
  return count === 0
    ? { state: 'healthy', message: 'Everything is committed.', metrics }
    : {
        state: 'warning',
        message: `${plural(count, 'file')} ${count === 1 ? 'is' : 'are'} not committed: om-ops git status`,
        metrics,
      };
}

function upstreamAnswer(status: GitStatus): CheckAnswer {
  const { upstream, ahead, behind } = status;
  const message = `${branchText(status)}: ${standingText(status)}.`;
  if (upstream === null) return { state: 'off', message: 'The branch has no upstream.' };
  if (ahead === null || behind === null) return { state: 'warning', message };
  return {
    state: ahead > 0 || behind > 0 ? 'warning' : 'healthy',
    message,
    metrics: [
      { key: 'ahead', label: 'Commits ahead', value: ahead, unit: 'count', welcome: 'down' },
      { key: 'behind', label: 'Commits behind', value: behind, unit: 'count', welcome: 'down' },
    ],
  };
}

function stateAnswer({ state, conflicts, detached, commit }: GitStatus): CheckAnswer {
  if (state !== null || conflicts.length > 0) {
    const what = state === null ? 'Files are to be merged by hand' : underWayClause(state);
    const next = state === null ? ['See which: om-ops git status'] : underWaySuggestions(state);
    return { state: 'critical', message: `${what}. ${next.join('; ')}` };
  }
  if (detached)
    return { state: 'warning', message: 'HEAD is detached: commits would be on no branch.' };
  return commit === null
    ? { state: 'warning', message: 'There is no commit yet: om-ops git commit' }
    : { state: 'healthy', message: 'Nothing is under way.' };
}

/** The card of the checkout. */
export async function gitPanel(site: Site, signal: AbortSignal): Promise<Panel> {
  const title = 'Git';
  const status = await statusOf(site, signal);
  if (status === undefined)
    return { title, state: 'off', metrics: [], facts: [], notes: [notUsed.message] };
  const answers = [changesAnswer(status), upstreamAnswer(status), stateAnswer(status)];
  const has = (state: CheckAnswer['state']) => answers.some((answer) => answer.state === state);
  return {
    title,
    state: has('critical') ? 'critical' : has('warning') ? 'warning' : 'healthy',
    metrics: answers.flatMap(({ metrics = [] }) => metrics),
    facts: [
      { label: 'Branch', value: branchText(status) },
      { label: 'Commit', value: status.commit?.slice(0, 10) ?? 'none yet' },
      { label: 'Upstream', value: standingText(status) },
    ],
    notes: answers
      .filter(({ state }) => state === 'warning' || state === 'critical')
      .map(({ message }) => message),
  };
}
