import { formatBytes, plural, printable, printableName } from '@om-ops/kit/text';
import type { SummaryResult } from '../summary/result.ts';
import { listText } from './words.ts';

export function summaryText(result: SummaryResult): string {
  const { dryRun, committed, commit, files, folder, copied, refused, reason, pushed } = result;
  const where = `${result.remote}/${printableName(result.branch ?? '')}`;
  if (dryRun) {
    return [
      listText(`Would copy to ${printableName(folder)}, what is not there yet:`, copied),
      listText(
        'And would stop there, because of secrets in:',
        refused.map(({ path, why }) => `${path} (${why})`),
      ),
      `Would commit that folder alone as "${result.message}", and push it: ${result.command}`,
    ]
      .filter((part) => part !== '')
      .join('\n');
  }
  if (refused.length > 0 || result.state !== null) return '';
  const size = `${plural(result.commits, 'commit')} (about ${formatBytes(result.bytes)})`;
  return [
    committed
      ? `Committed ${plural(files, 'file')} of ${printableName(folder)} as ${commit?.slice(0, 10)}.`
      : `${printableName(folder)} is as it was committed.`,
    pushed
      ? `Pushed ${size} to ${where}.`
      : `Nothing was pushed${reason === null ? '' : `: ${reason}`}.`,
    ...result.said.map((line) => `  ${result.remote} says: ${printable(line)}`),
  ].join('\n');
}
