import { dayStamp, OpsError } from '@om-ops/kit';
import type { DigestKind } from '../site/notify.ts';

/** A day, an ISO week or a month in the site's time zone. */
export interface Period {
  kind: DigestKind;
  /** `2026-11-24`, `2026-W47`, `2026-11`. */
  key: string;
  from: Date;
  /** Not in it any more. */
  to: Date;
}

/** The newest period that is over at `now`. */
export function lastPeriod(kind: DigestKind, now: Date): Period {
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  if (kind === 'daily') return periodFrom(kind, dayBefore(today, 1));
  if (kind === 'weekly') return periodFrom(kind, dayBefore(monday(today), 7));
  return periodFrom(kind, new Date(now.getFullYear(), now.getMonth() - 1, 1));
}

const shapes: Readonly<Record<DigestKind, { pattern: RegExp; example: string }>> = {
  daily: { pattern: /^(\d{4})-(\d\d)-(\d\d)$/, example: '2026-11-24' },
  weekly: { pattern: /^(\d{4})-W(\d\d)$/, example: '2026-W47' },
  monthly: { pattern: /^(\d{4})-(\d\d)$/, example: '2026-11' },
};

/** @throws OpsError E_USAGE (exit 2) for what is no such period */
export function periodOf(kind: DigestKind, key: string): Period {
  const { pattern, example } = shapes[kind];
  const match = pattern.exec(key.trim());
  const [year = 0, second = 0, day = 1] = (match ?? []).slice(1).map(Number);
  const from =
    kind === 'weekly'
      ? dayBefore(monday(new Date(year, 0, 4)), -7 * (second - 1))
      : new Date(year, second - 1, day);
  const period = periodFrom(kind, from);
  // What is no date becomes another one, and so has another key.
  if (match !== null && period.key === key.trim()) return period;
  throw new OpsError('E_USAGE', `\`${key}\` is no period of a ${kind} digest.`, {
    exit: 'usage',
    suggestions: [`Write it as ${example}.`],
  });
}

function periodFrom(kind: DigestKind, from: Date): Period {
  if (kind === 'daily') return { kind, key: dayStamp(from), from, to: dayBefore(from, -1) };
  if (kind === 'weekly') return { kind, key: weekKey(from), from, to: dayBefore(from, -7) };
  const to = new Date(from.getFullYear(), from.getMonth() + 1, 1);
  return { kind, key: dayStamp(from).slice(0, 7), from, to };
}

/** So many days before, at the day's first moment: a day is not always 24 hours. */
function dayBefore(date: Date, days: number): Date {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() - days);
}

function monday(date: Date): Date {
  return dayBefore(date, (date.getDay() + 6) % 7);
}

/** The ISO week of a Monday: of the year that has its Thursday. */
function weekKey(from: Date): string {
  const thursday = dayBefore(from, -3);
  const first = monday(new Date(thursday.getFullYear(), 0, 4));
  const weeks = Math.round((from.getTime() - first.getTime()) / (7 * 86_400_000)) + 1;
  return `${thursday.getFullYear()}-W${String(weeks).padStart(2, '0')}`;
}
