import { formatBytes, plural, printableName } from '@om-ops/kit/text';
import type { Looked } from '../commit/guard.ts';
import type { CommitResult } from '../commit/result.ts';
import { ignoreText, refusedText } from './refused.ts';
import { branchText } from './words.ts';

/** @param next what to do next, as a line of its own */
export function commitText(result: CommitResult, next: readonly string[] = []): string {
  const { committed, dryRun, commit, files, refused, accepted, looked, state, message } = result;
  if (committed) {
    const all = [
      `Committed ${plural(files, 'file')} as ${commit?.slice(0, 10)} on ${branchText(result)}.`,
    ];
    if (accepted.length > 0) all.push(refusedText('Committed as confirmed:', accepted));
    return [...all, lookedText(looked), ...next].join('\n');
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
      ? refusedText(`Would ask first, because of ${plural(refused.length, 'file')}:`, refused)
      : '';
  return [head, asked, lookedText(looked), ignoreText(refused)]
    .filter((part) => part !== '')
    .join('\n');
}

function lookedText({ files, bytes, binary }: Looked): string {
  const not =
    binary === 0
      ? ''
      : `; ${plural(binary, 'of them', 'of them')} without looking for secrets, as no text or too large`;
  return `Looked at ${plural(files, 'file')}, ${formatBytes(bytes)}${not}.`;
}
