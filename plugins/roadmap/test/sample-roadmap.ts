import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dayStamp, isoWithOffset } from '@om-ops/kit';
import type { HistoryEntry } from '../src/history.ts';
import type { FieldChange } from '../src/milestone.ts';

const dayMs = 86_400_000;

interface Sample {
  title: string;
  owner?: string;
  /** Days from now; left out: no date. */
  due?: number;
  notes?: string;
  status: 'planned' | 'in_progress' | 'blocked' | 'complete';
  percent?: number;
  /** Days ago. */
  made: number;
  /** Days ago at which it got its status and percent. */
  moved?: number;
}

/** Eleven milestones: four done, one late, one blocked. */
export const usual: readonly Sample[] = [
  {
    title: 'Parish search',
    owner: 'Olga P',
    due: 3,
    notes: 'Full text over names and places.',
    status: 'planned',
    made: 40,
  },
  { title: 'Two-factor sign-in', owner: 'Marko K', due: 48, status: 'planned', made: 33 },
  { title: 'Archive of scans off-site', owner: 'Jelena R', status: 'planned', made: 12 },
  {
    title: 'Gallery to WebP',
    owner: 'Olga P',
    due: 6,
    notes: '412 of 980 pictures.',
    status: 'in_progress',
    percent: 42,
    made: 50,
    moved: 0,
  },
  {
    title: 'Restore drill every week',
    owner: 'Jelena R',
    due: 9,
    status: 'in_progress',
    percent: 80,
    made: 61,
    moved: 2,
  },
  {
    title: 'Old reports to the new charts',
    owner: 'Marko K',
    due: -5,
    notes: 'Waits for the legend.',
    status: 'in_progress',
    percent: 25,
    made: 70,
    moved: 20,
  },
  {
    title: 'Move to PostgreSQL 16',
    owner: 'Marko K',
    due: 25,
    notes: "The host's image has 15.",
    status: 'blocked',
    percent: 35,
    made: 66,
    moved: 8,
  },
  {
    title: 'Record table configuration',
    owner: 'Olga P',
    due: 2,
    status: 'complete',
    made: 80,
    moved: 1,
  },
  { title: 'Health check under 50 ms', owner: 'Olga P', status: 'complete', made: 85, moved: 9 },
  { title: 'nginx baseline', owner: 'Jelena R', due: -6, status: 'complete', made: 58, moved: 14 },
  { title: 'Backups verified nightly', owner: 'Jelena R', status: 'complete', made: 88, moved: 30 },
];

/** Titles that try to be something else. */
export const hostile: readonly Sample[] = [
  {
    title: '</script><script>alert(1)</script>',
    owner: '<b>me</b>',
    due: -1,
    notes: '\u202Egnp.exe\u0000 &lt;',
    status: 'in_progress',
    percent: 10,
    made: 3,
  },
  {
    title: `${'x'.repeat(280)}\u200b`,
    owner: 'y'.repeat(200),
    due: 400,
    notes: 'z'.repeat(900),
    status: 'blocked',
    percent: 99.5,
    made: 3,
    moved: 1,
  },
  { title: 'שלום عالم', owner: 'אבג', notes: 'a\nb\n\n\nc', status: 'complete', made: 9, moved: 2 },
];

export function many(count: number): Sample[] {
  const status = ['planned', 'in_progress', 'blocked', 'complete'] as const;
  return Array.from({ length: count }, (_, at) => ({
    title: `Milestone ${at + 1}`,
    owner: `Owner ${at % 12}`,
    due: (at % 90) - 10,
    notes: 'What there is to say of it, in a few words.',
    status: status[at % 4] ?? 'planned',
    percent: at % 4 === 0 ? 0 : (at * 7) % 99,
    made: 10 + (at % 200),
    moved: at % 10,
  }));
}

/** Writes STATE/roadmap as om-ops would have written it over the time. */
export function writeSampleRoadmap(
  state: string,
  samples: readonly Sample[],
  { now = new Date(), hasHistory = true } = {},
): void {
  const ago = (days: number): Date => new Date(now.getTime() - days * dayMs - 3_600_000);
  const history: HistoryEntry[] = [];
  const note = (days: number, entry: Pick<HistoryEntry, 'action' | 'id' | 'title' | 'changes'>) =>
    history.push({
      change: `change-${history.length}`,
      time: isoWithOffset(ago(days)),
      by: 'anna as root',
      ...entry,
    });
  const milestones = samples.map(({ title, status, made, ...sample }, at) => {
    const { owner = null, notes = null, moved } = sample;
    const id = `m${String(at).padStart(4, '0')}`;
    const due =
      sample.due === undefined ? null : dayStamp(new Date(now.getTime() + sample.due * dayMs));
    const percent = status === 'complete' ? 100 : (sample.percent ?? 0);
    note(made, {
      action: 'added',
      id,
      title,
      changes: [{ field: 'title', from: null, to: title }],
    });
    const changes: FieldChange[] = [
      { field: 'status', from: 'planned', to: status },
      { field: 'percent', from: Math.min(30, percent), to: percent },
    ];
    if (moved !== undefined) {
      note(moved, { action: status === 'complete' ? 'completed' : 'updated', id, title, changes });
    }
    return {
      ...{ id, title, owner, status, percent, due, notes },
      created_at: isoWithOffset(ago(made)),
      updated_at: isoWithOffset(ago(moved ?? made)),
      ...(status === 'complete' ? { completed_at: isoWithOffset(ago(moved ?? made)) } : {}),
    };
  });
  mkdirSync(join(state, 'roadmap'), { recursive: true, mode: 0o700 });
  writeFileSync(join(state, 'roadmap/roadmap.json'), JSON.stringify({ milestones }, null, 2));
  if (!hasHistory) return;
  history.sort((one, other) => Date.parse(one.time) - Date.parse(other.time));
  writeFileSync(
    join(state, 'roadmap/history.jsonl'),
    history.map((entry) => `${JSON.stringify(entry)}\n`).join(''),
  );
}
