import { formatBytes, formatShare } from '@om-ops/kit/text';
import type { Totals } from '../analysis.ts';
import type { RunDetail } from './types.ts';

/** What a run found, as one sentence: `20% is junk, 594 kB can go`. */
export function headingOf({
  totals,
  junk,
  canGo,
}: {
  totals: Totals;
  junk: { bytes: number };
  canGo: RunDetail['canGo'];
}): string {
  if (totals.files === 0) return 'There are no files';
  if (junk.bytes === 0) return `${formatBytes(totals.bytes)}, and no junk in it`;
  const share = `${formatShare(junk.bytes / (totals.bytes || 1))} is junk`;
  if (canGo.items === 0) return `${share}, nothing can go without a look`;
  // What git and pnpm would drop is not known before.
  return canGo.bytes === 0
    ? `${share}, some of it can go`
    : `${share}, ${formatBytes(canGo.bytes)} can go`;
}
