import { dayStamp, OpsError } from '@om-ops/kit';
import { formatDuration } from '@om-ops/kit/text';
import { isInFuture } from '../catalog/catalog.ts';
import type { Retention } from '../site.ts';

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

/** The policy of a site profile. */
export function policyOf(retention: Retention): RetentionPolicy {
  const { keepLast, keepDaily, keepWeekly, keepMonthly } = retention;
  return {
    keepLast: keepLast ?? undefined,
    keepDaily: keepDaily ?? undefined,
    keepWeekly: keepWeekly ?? undefined,
    keepMonthly: keepMonthly ?? undefined,
  };
}

/** `last 7, daily 14`. */
export function policyText(policy: RetentionPolicy): string {
  const rules = [
    ['last', policy.keepLast],
    ['daily', policy.keepDaily],
    ['weekly', policy.keepWeekly],
    ['monthly', policy.keepMonthly],
  ] as const;
  const texts = rules.flatMap(([name, count]) => (count === undefined ? [] : [`${name} ${count}`]));
  const { olderThanMs } = policy;
  if (olderThanMs !== undefined)
    texts.push(`only what is older than ${formatDuration(olderThanMs)}`);
  return texts.join(', ');
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
      'Or in the site profile: backup: {retention: {keepLast: 7, keepDaily: 14}}',
    ],
  });
}

/** A place that a rule gives: its holder stays, and could go if one of the others took its place. */
export interface Slot<B> {
  holder: B;
  reason: string;
  /** Newest first: who would have the place, or the next one, if the holder were not there. */
  others: B[];
}

/** A backup that gets no place: it is broken, or nothing is known of it. */
export interface Unfit {
  why: string;
  /** Whether `--older-than` may delete it. */
  mayAge: boolean;
}

/**
 * The places the rules give.
 *
 * @param backups newest first; those in the future and the unfit left out
 */
export function slotsOf<B extends Dated>(
  backups: readonly B[],
  policy: RetentionPolicy,
): Slot<B>[] {
  const { keepLast = 0 } = policy;
  const last = backups.slice(0, keepLast).map((holder, index) => ({
    holder,
    reason: `one of the last ${keepLast} (${index + 1})`,
    others: backups.slice(keepLast),
  }));
  const per = (count = 0, name: string, period: (date: Date) => string): Slot<B>[] =>
    [...Map.groupBy(backups, ({ time }) => period(time))]
      .slice(0, count)
      .flatMap(([key, [holder, ...others]]) =>
        holder === undefined ? [] : [{ holder, reason: `${name} ${key}`, others }],
      );
  return [
    ...last,
    ...per(policy.keepDaily, 'daily', dayStamp),
    ...per(policy.keepWeekly, 'weekly', isoWeek),
    ...per(policy.keepMonthly, 'monthly', (date) => dayStamp(date).slice(0, 7)),
  ];
}

/** What the rules do not decide. */
export interface RetentionFacts<B> {
  now: Date;
  /**
   * Those that get no place. They stay unless age alone decides and they are older: a broken archive
   * may be all that is left of something.
   */
  unfit: ReadonlyMap<B, Unfit>;
  /** What stays whatever the policy says, with the reason. */
  mustStay: ReadonlyMap<B, string>;
  /** Whether nothing is missing in one. */
  isWhole(backup: B): boolean;
}

/**
 * The places the rules give: once among those in which nothing is missing, and once among all. So one
 * with something missing has its place as the newest, and takes none from a whole one.
 */
export function placesOf<B extends Dated>(
  fit: readonly B[],
  policy: RetentionPolicy,
  isWhole: (backup: B) => boolean,
): Slot<B>[] {
  const whole = fit.filter(isWhole);
  const slots = slotsOf(whole, policy);
  return whole.length === fit.length ? slots : [...slots, ...slotsOf(fit, policy)];
}

/**
 * Decides for the backups of one category.
 *
 * @param backups newest first
 */
export function decideRetention<B extends Dated>(
  backups: readonly B[],
  policy: RetentionPolicy,
  { now, unfit, mustStay, isWhole }: RetentionFacts<B>,
): RetentionDecision<B>[] {
  const reasons = new Map<B, string>();
  // A clock that was wrong once must not make old backups look superseded.
  const past = backups.filter((backup) => !isInFuture(backup, now));
  for (const backup of backups)
    if (isInFuture(backup, now)) reasons.set(backup, 'its time is in the future');
  const fit = past.filter((backup) => !unfit.has(backup));
  for (const { holder, reason } of placesOf(fit, policy, isWhole))
    if (!reasons.has(holder)) reasons.set(holder, reason);
  const { olderThanMs } = policy;
  for (const backup of past) {
    const isOld = olderThanMs !== undefined && now.getTime() - backup.time.getTime() > olderThanMs;
    const bad = unfit.get(backup);
    if (bad !== undefined && !(bad.mayAge && isOld))
      reasons.set(backup, `${bad.why}: not counted, and kept`);
    else if (olderThanMs !== undefined && !isOld && !reasons.has(backup))
      reasons.set(backup, 'not old enough');
  }
  for (const [backup, reason] of mustStay) if (!reasons.has(backup)) reasons.set(backup, reason);
  return backups.map((backup) => {
    const reason = reasons.get(backup);
    if (reason !== undefined) return { backup, keep: true, reason };
    const why = unfit.get(backup)?.why;
    return {
      backup,
      keep: false,
      reason: why === undefined ? 'no rule keeps it' : `${why}, and old`,
    };
  });
}
