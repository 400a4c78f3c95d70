import { formatBytes, plural, printableName } from '@om-ops/kit/text';
import type { Looked, Refused } from '../commit/guard.ts';
import type { CommitResult } from '../commit/result.ts';
import { branchText, listText } from './words.ts';

export function commitText(result: CommitResult): string {
  const { committed, dryRun, commit, files, refused, accepted, looked, state, message } = result;
  if (committed) {
    const all = [
      `Committed ${plural(files, 'file')} as ${commit?.slice(0, 10)} on ${branchText(result)}.`,
    ];
    if (accepted.length > 0)
      all.push(
        `Committed as confirmed: ${accepted.map(({ path }) => printableName(path)).join(', ')}.`,
      );
    return [...all, lookedText(looked), 'Push it: om-ops git push'].join('\n');
  }
  if (state !== null)
    return dryRun
      ? 'Nothing would be committed: something is under way. See om-ops git status'
      : '';
  if (files === 0) return 'There is nothing to commit.';
  const head = dryRun
    ? `Would commit ${plural(files, 'file')} on ${branchText(result)}, with the message "${printableName(message)}".`
    : '';
  const asked =
    dryRun && refused.length > 0
      ? listText(
          `Would ask first, because of ${plural(refused.length, 'file')}:`,
          refused.map(({ path, bytes, why }) => `${path} (${formatBytes(bytes)}): ${why}`),
        )
      : '';
  return [head, asked, lookedText(looked), ignoreText(refused)]
    .filter((part) => part !== '')
    .join('\n');
}

export function lookedText({ files, bytes, binary }: Looked): string {
  const not =
    binary === 0
      ? ''
      : `; ${plural(binary, 'of them', 'of them')} without looking for secrets, as no text or too large`;
  return `Looked at ${plural(files, 'file')}, ${formatBytes(bytes)}${not}.`;
}

export function ignoreText(refused: readonly Refused[]): string {
  const lines = [...new Set(refused.filter(({ tracked }) => !tracked).map(({ ignore }) => ignore))];
  const tracked = refused.filter((one) => one.tracked).map(({ path }) => path);
  return [
    listText('To leave them out, add to .gitignore at the top of the repository:', lines),
    listText(
      'Tracked already, and not kept out by .gitignore (git rm --cached ends that):',
      tracked,
    ),
  ]
    .filter((part) => part !== '')
    .join('\n');
}
