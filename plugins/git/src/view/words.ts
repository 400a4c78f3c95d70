import { plural, printableName } from '@om-ops/kit/text';

/** How many paths of a list are printed; `--json` has them all. */
const mostPaths = 20;

/** A heading and the first of its paths; nothing for an empty list. */
export function listText(heading: string, paths: readonly string[]): string {
  if (paths.length === 0) return '';
  const shown = paths.slice(0, mostPaths).map((path) => `  ${printableName(path)}`);
  const more = paths.length - mostPaths;
  return [
    `${heading}`,
    ...shown,
    ...(more > 0 ? [`  and ${more} more (--json has them all)`] : []),
  ].join('\n');
}

export function branchText({ branch }: { branch: string | null }): string {
  return branch === null ? 'none: HEAD is detached' : printableName(branch);
}

/** `origin/main, 2 commits ahead`, as of the last fetch. */
export function standingText(standing: {
  upstream: string | null;
  ahead: number | null;
  behind: number | null;
}): string {
  const { upstream, ahead, behind } = standing;
  if (upstream === null) return 'none';
  const name = printableName(upstream);
  if (ahead === null || behind === null) return `${name}, which is not there`;
  const parts = [
    ...(ahead > 0 ? [`${plural(ahead, 'commit')} ahead`] : []),
    ...(behind > 0 ? [`${plural(behind, 'commit')} behind`] : []),
  ];
  return `${name}, ${parts.length === 0 ? 'the same' : parts.join(' and ')} as of the last fetch`;
}
