import { formatBytes, plural, printable, printableName } from '@om-ops/kit/text';
import type { PushResult } from '../push/result.ts';
import { commitText } from './commit.ts';

export function pushText(result: PushResult): string {
  const { dryRun, pushed, commits, bytes, branch, remote, reason, said, command, commit } = result;
  const what = `${plural(commits, 'commit')}${bytes > 0 ? ` (about ${formatBytes(bytes)})` : ''}`;
  const where = `${remote}/${printableName(branch ?? '')}`;
  const before = commit === null ? [] : [commitText(commit)];
  if (dryRun)
    return [
      ...before,
      `Would push ${what} to ${where}, as far as is known here from the last fetch: ${command}`,
    ].join('\n');
  if (!pushed)
    return [...before, reason === null ? '' : `Nothing was pushed: ${reason}.`]
      .filter((part) => part !== '')
      .join('\n');
  return [
    ...before,
    `Pushed ${what} to ${where}.`,
    ...said.map((line) => `  ${remote} says: ${printable(line)}`),
  ].join('\n');
}
