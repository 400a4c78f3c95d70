import { formatFacts } from '@om-ops/kit/text';
import type { AnalysisSettings } from '../analysis.ts';

/** What a dry run says. */
export function planText(plan: {
  scope: string;
  path: string;
  settings: AnalysisSettings;
  runs: string;
}): string {
  const { dedupeMode, maxHashMb, staleDays, largeMb, exclude, crossFileSystems } = plan.settings;
  return `${formatFacts([
    ['would analyse', `${plan.path} (${plan.scope})`],
    [
      'duplicates',
      dedupeMode === 'full'
        ? `full: SHA-256 of files up to ${maxHashMb} MiB`
        : 'quick: same name and size',
    ],
    ['stale after', `${staleDays} days`],
    ['large above', `${largeMb} MiB`],
    ['left out', exclude.length === 0 ? 'nothing' : exclude.join(', ')],
    ['other disks', crossFileSystems ? 'entered' : 'not entered'],
    ['kept in', plan.runs],
  ])}\n\nNothing was changed: this was a dry run.`;
}
