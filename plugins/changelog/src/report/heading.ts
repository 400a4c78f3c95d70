import { plural } from '@om-ops/kit/text';
import type { ChangelogReport } from './types.ts';

/** What the record holds, as one sentence. */
export function headingOf({ sessions, totals }: Pick<ChangelogReport, 'sessions' | 'totals'>) {
  if (totals.sessions === 0) return 'Nothing was recorded yet';
  const count = (wanted: (session: (typeof sessions)[number]) => boolean): number =>
    sessions.filter(wanted).length;
  const broken = count(({ check }) => check === 'broken');
  if (broken > 0)
    return `${broken} of ${plural(totals.sessions, 'session')} ${broken === 1 ? 'is' : 'are'} not as written`;
  const parts = [plural(totals.sessions, 'session')];
  const succeeded = count(({ outcome }) => outcome === 'success');
  const failed = count(({ outcome }) => outcome === 'fail');
  if (succeeded > 0) parts.push(`${succeeded} succeeded`);
  if (failed > 0) parts.push(`${failed} failed`);
  if (count(({ active }) => active) > 0) parts.push('one is open');
  return parts.join(', ');
}
