import { formatBytes, formatDuration, plural, printableName } from '@om-ops/kit/text';
import type { ExtractPlan, ExtractResult } from '../archive/extract/extract.ts';
import type { WriteCounts } from '../archive/extract/replacements.ts';

/** How far a restore in place came that stopped on its way. */
export interface PartialRestore extends WriteCounts {
  /** Absolute. */
  target: string;
  /** Folders left out: how many have what the archive has for them, and how many were to get it. */
  names: number;
  totalNames: number;
}

export interface RestoreView {
  archive: string;
  dryRun: boolean;
  plan?: ExtractPlan;
  restored?: ExtractResult;
  partial?: PartialRestore;
  next: readonly string[];
}

function names(head: string, { count, names }: ExtractPlan['created']): string[] {
  if (count === 0) return [];
  const shown = names.slice(0, 10).map((name) => `    ${printableName(name)}`);
  const rest = count - shown.length;
  return [
    `  ${head} ${plural(count, 'name')}:`,
    ...shown,
    ...(rest > 0 ? [`    … ${rest} more`] : []),
  ];
}

/** What came out of the archive, or would. */
export function restoreText({ archive, plan, restored, partial, next }: RestoreView): string {
  const lines: string[] = [];
  if (plan !== undefined) {
    lines.push(
      `Would restore ${formatBytes(plan.bytes)} in ${plural(plan.files, 'file')} from ${archive} into ${plan.target}`,
      ...names('would make', plan.created),
      ...names('would replace', plan.replaced),
      ...names('would remove, beside SQLite databases that are restored,', plan.removed),
      'Nothing was changed: this was a dry run.',
    );
  }
  if (restored !== undefined) {
    const links = restored.symlinks + restored.hardLinks;
    const { unchanged, journals } = restored;
    lines.push(
      `Restored ${formatBytes(restored.bytes)} in ${plural(restored.files, 'file')}, ${plural(restored.directories, 'folder')}${links > 0 ? `, ${plural(links, 'link')}` : ''} in ${formatDuration(restored.seconds * 1000)}`,
      `  from ${archive}`,
      `  into ${restored.target}`,
      ...(unchanged > 0
        ? [
            `  left as ${unchanged === 1 ? 'it was' : 'they were'}: ${plural(unchanged, 'file')} that did not differ`,
          ]
        : []),
      ...(journals > 0
        ? [
            `  removed: ${plural(journals, 'journal')} of newer SQLite databases (-wal, -shm, -journal)`,
          ]
        : []),
    );
  }
  if (partial !== undefined) {
    lines.push(
      `Stopped after ${partial.names} of ${plural(partial.totalNames, 'name')}, ${formatBytes(partial.bytes)}`,
      `  from ${archive}`,
      `  into ${partial.target}`,
    );
  }
  return [...lines, ...next].join('\n');
}
