import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { temporaryFolder } from '@om-ops/test-support/temp';
import type { HistoryEntry } from '../src/history.ts';
import { reportData } from '../src/report/data.ts';
import { paceOf } from '../src/report/pace.ts';
import { Roadmap } from '../src/roadmap.ts';
import { many, usual, writeSampleRoadmap } from './sample-roadmap.ts';

const now = new Date();
const dayMs = 86_400_000;

async function dataOf(
  context: TestContext,
  samples: Parameters<typeof writeSampleRoadmap>[1],
  limits?: Parameters<typeof reportData>[1],
  options: Parameters<typeof writeSampleRoadmap>[2] = {},
) {
  const state = temporaryFolder(context);
  writeSampleRoadmap(state, samples, { now, ...options });
  const roadmap = new Roadmap(state, {
    redact: (text) => text,
    warn: () => undefined,
    signal: new AbortController().signal,
  });
  const { entries } = await roadmap.readHistory();
  const { folder } = roadmap;
  return reportData({ milestones: roadmap.milestones(), history: entries, folder, now }, limits);
}

describe('the data of the page', () => {
  it('counts to what is so now', async (context) => {
    const { series, undated } = await dataOf(context, usual);
    assert.deepEqual(series.at(-1), { time: now.getTime(), total: 11, done: 4 });
    assert.equal(undated, 0);
    for (const [at, { total, done }] of series.entries()) {
      assert.ok(done >= 0 && done <= total, `${at}: ${done} of ${total}`);
      assert.ok(at === 0 || total >= (series[at - 1]?.total ?? 0), 'none was removed');
    }
  });

  it('counts also what is removed, opened again, and was done before its history', async (context) => {
    const data = await dataOf(context, usual, undefined, { hasHistory: false });
    const { milestones } = data;
    const at = (days: number): string => new Date(now.getTime() - days * dayMs).toISOString();
    const entry = (days: number, id: string, rest: Partial<HistoryEntry>): HistoryEntry => ({
      ...{ change: `${days}`, time: at(days), by: 'x', action: 'updated', id, title: 'T' },
      changes: [],
      ...rest,
    });
    const opened = { field: 'status', from: 'complete', to: 'planned' } as const;
    const history = [
      entry(20, 'gone', { changes: [opened] }),
      entry(10, 'gone', { action: 'removed' }),
    ];
    const whole = reportData({
      milestones: milestones.map((each) => ({
        ...each,
        createdAt: each.createdAt === null ? null : new Date(each.createdAt).toISOString(),
        updatedAt: null,
        completedAt: null,
      })),
      history,
      folder: join('/', 'x'),
      now,
    });
    assert.deepEqual(whole.series.at(-1), { time: now.getTime(), total: 11, done: 4 });
    assert.equal(whole.undated, 5, 'four completed at no known time, one made at none');
  });

  it('keeps the newest, and says how many there are', async (context) => {
    const limits = { milestones: 10, entries: 7, notes: 5 };
    const data = await dataOf(context, many(50), limits);
    assert.equal(data.milestones.length, 10);
    assert.equal(data.counts.total, 50);
    assert.equal(data.history.length, 7);
    assert.equal(data.historyTotal, 100);
    assert.ok((data.history[0]?.time ?? 0) >= (data.history[6]?.time ?? 0));
    assert.equal(data.milestones[0]?.notes, 'What ');
    assert.equal(data.milestones[0]?.notesLeftOut, 38);
  });

  it('knows what moved today and since when something is blocked', async (context) => {
    const { milestones } = await dataOf(context, usual);
    const of = (title: string) => milestones.find((each) => each.title === title);
    assert.equal(of('Gallery to WebP')?.moved?.by, 12);
    assert.equal(
      Math.round((now.getTime() - (of('Move to PostgreSQL 16')?.since ?? 0)) / dayMs),
      8,
    );
    assert.equal(of('Parish search')?.since, null);
  });
});

describe('the pace', () => {
  const done = (daysAgo: number) => ({
    status: 'complete' as const,
    completedAt: now.getTime() - daysAgo * dayMs,
  });
  const open = { status: 'planned' as const, completedAt: null };

  it('is said from four completions on', () => {
    assert.equal(paceOf([done(1), done(2), done(3), open], now.getTime()), null);
    assert.equal(paceOf([done(1), done(2), done(3), done(50), open], now.getTime()), null);
    const pace = paceOf([done(1), done(2), done(3), done(41), open, open], now.getTime());
    assert.deepEqual(pace, { weeks: 6, completed: 4, open: 2, end: now.getTime() + 21 * dayMs });
  });

  it('is not said when nothing is open', () => {
    assert.equal(paceOf([done(1), done(2), done(3), done(4)], now.getTime()), null);
  });
});
