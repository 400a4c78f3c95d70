import { plural, printableName } from '@om-ops/kit/text';
import type { Merge } from '../merge.ts';
import { changeLines, nameOf, nothingChanged } from './milestones.ts';

export function mergeText(merge: Merge, dryRun: boolean): string {
  const { file, added, updated, kept, unchanged } = merge;
  const count = added.length + updated.length + kept.length + unchanged;
  const name = printableName(file);
  if (count === 0) return `${name} holds no milestones; nothing was imported.`;
  const parts: string[] = [];
  const list = (head: string, lines: readonly string[]): void => {
    if (lines.length > 0) parts.push([head, ...lines.map((line) => `  ${line}`)].join('\n'));
  };
  list(
    `${dryRun ? 'Would add' : 'Added'} ${plural(added.length, 'milestone')}:`,
    added.map((each) => nameOf(each)),
  );
  list(
    `${dryRun ? 'Would change' : 'Changed'} ${plural(updated.length, 'milestone')}:`,
    updated.map((each) => `${nameOf(each)}: ${changeLines(each.changes).join('; ')}`),
  );
  list(
    `${dryRun ? 'Would keep' : 'Kept'} ${plural(kept.length, 'milestone')} that changed here later than in the file:`,
    kept.map((each) => `${nameOf(each)}: not ${changeLines(each.changes).join('; ')}`),
  );
  if (unchanged > 0) {
    parts.push(`${plural(unchanged, 'milestone is', 'milestones are')} the same in both.`);
  }
  if (dryRun) parts.push(nothingChanged);
  return parts.join('\n\n');
}
