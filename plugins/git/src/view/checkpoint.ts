import { formatTable, formatTime, plural, printableName } from '@om-ops/kit/text';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { isLack } from '../checkpoint/left-out.ts';
import type { KeptCheckpoint } from '../checkpoint/list.ts';
import { underWayClause } from '../repository/state.ts';
import { listText } from './words.ts';

export function checkpointText(checkpoint: Checkpoint): string {
  const { dryRun, repository, branch, commit, files, changed, leftOut, state, restore } =
    checkpoint;
  const differing = `${plural(changed, 'file')} ${changed === 1 ? 'differs' : 'differ'} from the last commit`;
  const head = dryRun
    ? `Would make the branch ${branch} in ${printableName(repository)}, with the message "${printableName(checkpoint.message)}": ${differing}.`
    : `${branch} holds ${plural(files ?? 0, 'file')} (${commit?.slice(0, 10)}): ${differing}.`;
  const lacks = leftOut.filter(isLack);
  const env = leftOut.filter(({ why }) => why === 'ignored env file');
  const ignored = leftOut.filter(({ why }) => why === 'ignored');
  return [
    head,
    ...(state === null
      ? []
      : [`${underWayClause(state)}: files with conflicts are held as they stand.`]),
    listText(
      'Not held, or not in full:',
      lacks.map(({ path, why }) => `${path} (${why})`),
    ),
    listText(
      'Env files, which git is told to ignore, are not held:',
      env.map(({ path }) => path),
    ),
    listText(
      'Ignored, and not held:',
      ignored.map(({ path }) => path),
    ),
    `${dryRun ? 'To bring the files back later' : 'To bring the files back'} (files made since then stay): ${restore}`,
  ]
    .filter((part) => part !== '')
    .join('\n');
}

export function checkpointTable(checkpoints: readonly KeptCheckpoint[]): string {
  if (checkpoints.length === 0) return 'There are no checkpoints. Make one: om-ops git checkpoint';
  const table = formatTable(
    [
      { head: 'Branch', cell: ({ branch }) => branch },
      { head: 'Time', cell: ({ time }) => formatTime(time) },
      { head: 'Message', cell: ({ message }) => printableName(message) },
    ],
    checkpoints,
  );
  return `${table}\n\nTo bring the files of one back (files made since then stay): ${checkpoints[0]?.restore}`;
}

export function prunedText(pruned: {
  outcome: string;
  deleted: readonly KeptCheckpoint[];
  kept: readonly KeptCheckpoint[];
}): string {
  const { outcome, deleted, kept } = pruned;
  if (outcome === 'unchanged')
    return `Nothing is old enough: ${plural(kept.length, 'checkpoint')}.`;
  const what = deleted.map(({ branch, commit }) => `${branch} (${commit.slice(0, 10)})`);
  const heading = outcome === 'planned' ? 'Would delete' : 'Deleted';
  return [
    listText(`${heading} ${plural(deleted.length, 'checkpoint')}:`, what),
    `${plural(kept.length, 'checkpoint')} ${kept.length === 1 ? 'stays' : 'stay'}.`,
  ]
    .filter((part) => part !== '')
    .join('\n');
}
