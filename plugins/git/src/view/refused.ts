import { formatBytes, plural } from '@om-ops/kit/text';
import type { Refused } from '../commit/guard.ts';
import { listText } from './words.ts';

/** So many files under one line of .gitignore are told together. */
const fewFiles = 5;

/** What is hardly meant to be committed, with sizes and reasons. */
export function refusedText(heading: string, refused: readonly Refused[]): string {
  const groups = new Map<string, Refused[]>();
  for (const one of refused) groups.set(one.ignore, [...(groups.get(one.ignore) ?? []), one]);
  const lines = [...groups].flatMap(([ignore, files]) =>
    files.length <= fewFiles
      ? files.map(({ path, bytes, why }) => `${path} (${formatBytes(bytes)}): ${why}`)
      : [`${ignore} (${plural(files.length, 'file')}, ${sizeOf(files)}): ${files[0]?.why}`],
  );
  return listText(heading, lines);
}

function sizeOf(files: readonly Refused[]): string {
  return formatBytes(files.reduce((sum, { bytes }) => sum + bytes, 0));
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
