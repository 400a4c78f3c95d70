import type { Progress } from '@om-ops/kit';
import { listArchive } from '../archive/extract/list.ts';
import { looksLikeName, unclearSegments, withNames } from '../archive/tree/pattern.ts';

/**
 * What patterns mean in an archive: a segment like `[slug]` that is exactly the name of something in
 * it means that, and only that. The archive is read for it where a pattern has such a segment.
 */
export async function meantPatterns(
  archive: string,
  only: readonly string[],
  progress: Progress,
): Promise<readonly string[]> {
  const asked = new Set(unclearSegments(only.map((pattern) => pattern.replace(/\/+$/, ''))));
  if (asked.size === 0) return only;
  const names = new Set<string>();
  await listArchive({
    archive,
    progress,
    onMembers: (members) => {
      for (const { path } of members)
        for (const name of path.split('/')) if (asked.has(name)) names.add(name);
    },
  });
  for (const pattern of only)
    if (looksLikeName(pattern, names))
      progress.warn(
        `\`${pattern}\` is the name of nothing in the backup, and was taken as a pattern.`,
      );
  return only.map((pattern) => withNames(pattern, names));
}
