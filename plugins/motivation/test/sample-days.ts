import { type BackupRecord, dayStamp, isoWithOffset, type MilestoneRecord } from '@om-ops/kit';
import { beginOf, dayAfter, isWeekend } from '../src/days.ts';
import type { Known } from '../src/known.ts';
import type { RecordedEntry, RecordedSession } from '../src/record.ts';

export interface SampleSession {
  title: string;
  day: string;
  /** `HH:MM`; `to` null: it is still open. */
  from: string;
  to: string | null;
  /** The day it was closed, when that is another. */
  closedOn?: string;
  entries?: number;
  outcome?: 'success' | 'fail' | null;
  summary?: string | null;
  own?: number;
  decision?: string;
}

export function at(day: string, time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const begin = beginOf(day);
  return new Date(begin.getFullYear(), begin.getMonth(), begin.getDate(), hours, minutes).getTime();
}

let ids = 0;

export function sampleSession(sample: SampleSession): RecordedSession {
  const { day, title, outcome = null, summary = null, entries = 3, own = 0 } = sample;
  const id = `s${++ids}`;
  const startedAt = at(day, sample.from);
  const closedAt = sample.to === null ? null : at(sample.closedOn ?? day, sample.to);
  const end = sample.closedOn === undefined && closedAt !== null ? closedAt : startedAt + 7_200_000;
  const written = (count: number, isOwn: boolean): RecordedEntry[] =>
    Array.from({ length: count }, (_, index) => ({
      ...{ day, isOwn, outcome: null },
      at: startedAt + ((end - startedAt) * (index + 1)) / (count + 1),
      type: isOwn ? 'command' : 'result',
      text: 'Something was seen.',
    }));
  const all = [...written(entries, false), ...written(own, true)];
  if (sample.decision !== undefined)
    all.push({
      ...{ day, isOwn: false, outcome: null, type: 'decision' },
      at: end,
      text: sample.decision,
    });
  return {
    ...{ id, title, summary, outcome, startedAt, closedAt },
    isActive: closedAt === null,
    days: new Map([[day, all.sort((one, other) => one.at - other.at)]]),
    entryCount: all.filter(({ isOwn }) => !isOwn).length,
    ref: `changelog/report.html#tab=timeline&session=${id}`,
  };
}

/** Work on most days of the weeks before. */
export function sampleHistory(before: string, days = 100): RecordedSession[] {
  return Array.from({ length: days }, (_, index) => dayAfter(before, -days + index))
    .filter((day, index) => !isWeekend(day) && index % 11 !== 4)
    .map((day, index) =>
      sampleSession({
        day,
        title: `Work of ${day}`,
        from: '09:00',
        to: `1${index % 4}:30`,
        entries: 3 + ((index * 7) % 30),
        outcome: index % 9 === 2 ? 'fail' : 'success',
        summary: null,
      }),
    );
}

export function milestone(title: string, more: Partial<MilestoneRecord> = {}): MilestoneRecord {
  return {
    ...{ id: 'm1', title, status: 'in_progress', percent: 60, due: null },
    ...{ createdAt: null, completedAt: null, href: 'roadmap/report.html#milestone=m1' },
    ...more,
  };
}

export function backups(
  day: string,
  count: number,
  more: Partial<BackupRecord> = {},
): BackupRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    ...{ of: `part${index}`, at: isoWithOffset(new Date(at(day, '02:10'))), state: 'verified' },
    ...{ bytes: 1, path: 'x', why: null },
    ...more,
  }));
}

export function known(date: string, more: Partial<Known> = {}): Known {
  const now = more.now ?? new Date(at(dayAfter(date), '09:14'));
  return {
    ...{ date, now, isToday: dayStamp(now) === date },
    ...{ sessions: [], milestones: [], backups: [], operations: [], alerts: [], panels: [] },
    redact: (text) => text.replaceAll('hunter2', '<REDACTED>'),
    ...more,
  };
}

/** A Tuesday with a milestone, a success and a session that is still open. */
export function goodDay(date = '2026-11-24'): Known {
  return known(date, {
    now: new Date(at(date, '18:40')),
    sessions: [
      ...sampleHistory(date),
      sampleSession({
        day: date,
        title: 'Record table configuration',
        from: '08:40',
        to: '11:22',
        entries: 14,
        own: 2,
        outcome: 'success',
      }),
      sampleSession({
        ...{ day: date, title: 'Slow health check', from: '12:54', to: '14:12', entries: 9 },
        ...{
          outcome: 'success',
          summary: 'The health check answers in 38 ms, not 2.1 s. A missing index on audit_log.',
        },
      }),
      sampleSession({ day: date, title: 'Gallery to WebP', from: '15:30', to: null, entries: 8 }),
    ],
    milestones: [
      milestone('Record table configuration', {
        ...{ status: 'complete', percent: 100, due: '2026-11-27' },
        createdAt: isoWithOffset(new Date(at('2026-11-13', '10:00'))),
        completedAt: isoWithOffset(new Date(at(date, '11:22'))),
      }),
      milestone('Parish search', {
        id: 'm2',
        due: '2026-11-27',
        href: 'roadmap/report.html#milestone=m2',
      }),
    ],
    backups: backups(date, 8),
    operations: [
      {
        ...{
          time: isoWithOffset(new Date(at(date, '10:00'))),
          command: 'backup:run',
          exit: 0,
          seconds: 3,
        },
        ...{ user: 'ops', parent: null, args: '', touched: '', code: null, message: null },
      },
    ],
    panels: [
      {
        ...{ topic: 'backup', title: 'Backups', state: 'warning', metrics: [], facts: [], ms: 1 },
        notes: ['The newest backup of images is 9 d old.'],
      },
    ],
  });
}
