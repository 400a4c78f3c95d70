import { dayStamp, OpsError } from '@om-ops/kit';

/** Which backups stay: whatever any rule keeps. At least one rule has to be given. */
export interface RetentionPolicy {
  /** The newest so many. */
  keepLast?: number | undefined;
  /** The newest of each of the last so many days, weeks, months that have one. */
  keepDaily?: number | undefined;
  keepWeekly?: number | undefined;
  keepMonthly?: number | undefined;
  /** Only backups older than this many milliseconds may go. */
  olderThanMs?: number | undefined;
}

export interface RetentionDecision<B> {
  backup: B;
  keep: boolean;
  /** Why it stays, or why it goes. */
  reason: string;
}

interface Dated {
  time: Date;
}

function isoWeek(date: Date): string {
  // The week belongs to the year of its Thursday.
  const thursday = new Date(date.getFullYear(), date.getMonth(), date.getDate());
  thursday.setDate(thursday.getDate() + 3 - ((thursday.getDay() + 6) % 7));
  const firstDay = new Date(thursday.getFullYear(), 0, 1);
  const days = Math.round((thursday.getTime() - firstDay.getTime()) / 86_400_000);
  return `${thursday.getFullYear()}-W${Math.floor(days / 7) + 1}`;
}

/** @throws OpsError E_USAGE for a policy that says nothing, since it would keep nothing */
export function assertPolicy(policy: RetentionPolicy): void {
  if (Object.values(policy).some((rule) => rule !== undefined)) return;
  throw new OpsError('E_USAGE', 'No retention was given, so nothing says what to keep.', {
    exit: 'usage',
    suggestions: [
      'For example: --keep-last 3 --keep-daily 7 --keep-weekly 4 --keep-monthly 6',
      'Or by age: --older-than 30d',
    ],
  });
}

/**
 * Decides for the backups of one category.
 *
 * @param backups newest first
 * @param newestGood the backup that stays whatever the policy says: the newest that is proven good
 */
export function decideRetention<B extends Dated>(
  backups: readonly B[],
  policy: RetentionPolicy,
  newestGood: B | undefined,
  now: Date,
): RetentionDecision<B>[] {
  const reasons = new Map<B, string>();
  // A clock that was wrong once must not make old backups look superseded.
  const past = backups.filter(({ time }) => time.getTime() <= now.getTime() + 60_000);
  for (const backup of backups)
    if (!past.includes(backup)) reasons.set(backup, 'its time is in the future');
  past.slice(0, policy.keepLast ?? 0).forEach((backup, index) => {
    reasons.set(backup, `one of the last ${policy.keepLast} (${index + 1})`);
  });
  const keepPer = (count: number | undefined, name: string, period: (date: Date) => string) => {
    const seen = new Set<string>();
    for (const backup of past) {
      if (seen.size >= (count ?? 0)) return;
      const key = period(backup.time);
      if (seen.has(key)) continue;
      seen.add(key);
      if (!reasons.has(backup)) reasons.set(backup, `${name} ${key}`);
    }
  };
  keepPer(policy.keepDaily, 'daily', dayStamp);
  keepPer(policy.keepWeekly, 'weekly', isoWeek);
  keepPer(policy.keepMonthly, 'monthly', (date) => dayStamp(date).slice(0, 7));
  if (policy.olderThanMs !== undefined) {
    for (const backup of past) {
      if (reasons.has(backup)) continue;
      if (now.getTime() - backup.time.getTime() <= policy.olderThanMs)
        reasons.set(backup, 'not old enough');
    }
  }
  if (newestGood !== undefined && !reasons.has(newestGood))
    reasons.set(newestGood, 'the newest good one');
  return backups.map((backup) => {
    const reason = reasons.get(backup);
    return reason === undefined
      ? { backup, keep: false, reason: 'no rule keeps it' }
      : { backup, keep: true, reason };
  });
}
