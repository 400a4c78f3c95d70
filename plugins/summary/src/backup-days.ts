import { type BackupRecord, dayStamp } from '@om-ops/kit';
import type { BackupDays, BackupRow, DayState } from './summary.ts';

export const backupDaysShown = 14;

/** The first moment of the days that are shown, in the site's zone. */
export function backupsSince(now: Date): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - (backupDaysShown - 1));
}

/** What was made of each, day by day. */
export function backupDays(records: readonly BackupRecord[], now: Date): BackupDays {
  const first = backupsSince(now);
  const days = Array.from({ length: backupDaysShown }, (_, at) =>
    dayStamp(new Date(first.getFullYear(), first.getMonth(), first.getDate() + at)),
  );
  const rows = [...Map.groupBy(records, ({ of }) => of)].map(([of, some]) => rowOf(of, some, days));
  return { days, rows: rows.sort((one, other) => (one.of < other.of ? -1 : 1)) };
}

function rowOf(of: string, records: readonly BackupRecord[], days: readonly string[]): BackupRow {
  const byDay = Map.groupBy(records, ({ at }) => dayStamp(new Date(at)));
  const perDay = days.map((day) => byDay.get(day) ?? []);
  const newest = records.findLast(({ state }) => state !== 'failed');
  return {
    of,
    states: perDay.map(stateOf),
    notes: perDay.map((some) => some.findLast(({ why }) => why !== null)?.why ?? ''),
    newest: newest?.at ?? null,
  };
}

/** The last attempt counts: what failed and was made afterwards is made, and the other way round. */
function stateOf(records: readonly BackupRecord[]): DayState {
  const last = records.at(-1)?.state ?? 'none';
  return last === 'made' && records.some(({ state }) => state === 'verified') ? 'verified' : last;
}
