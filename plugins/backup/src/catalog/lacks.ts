import { formatTime, plural } from '@om-ops/kit/text';
import { isIncomplete, type Skipped } from '../archive/tree/skipped.ts';
import type { CatalogEntry } from './catalog.ts';

/** What is missing in a backup that is not whole, since it was made; empty for a whole one. */
export function lacksOf({ reading: { sidecar }, doubt }: CatalogEntry): string[] {
  const left = sidecar === undefined ? undefined : leftOutText(sidecar.skipped);
  return [...(left === undefined ? [] : [left]), ...(doubt === undefined ? [] : [doubt])];
}

const shown = 5;

/** `3 paths were left out when it was made: a (unreadable), …`; undefined when nothing that counts was. */
export function leftOutText(skipped: readonly Skipped[]): string | undefined {
  const counting = skipped.filter((one) => isIncomplete([one]));
  if (counting.length === 0) return undefined;
  const names = counting.slice(0, shown).map(({ path, reason }) => `${path} (${reason})`);
  const more = counting.length > shown ? `, and ${counting.length - shown} more` : '';
  return `${plural(counting.length, 'path was', 'paths were')} left out, or changed while read, when it was made: ${names.join(', ')}${more}.`;
}

/** Of a backup with something left out: how much that may be. Undefined when there is nothing to compare with. */
export function shortfall(files: number, last: CatalogEntry | undefined): string | undefined {
  const before = last?.files ?? undefined;
  if (last === undefined || before === undefined || files >= before) return undefined;
  return `It has ${files} of the ${plural(before, 'file')} that the last complete one, of ${formatTime(last.createdAt)}, has.`;
}
