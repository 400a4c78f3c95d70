import type { HistoryEntry } from '../history.ts';
import type { ReportMilestone, RoadmapReport } from './types.ts';

const dayMs = 86_400_000;
/** More days than this are drawn as weeks, and more weeks than these as longer steps. */
const mostPoints = 120;

interface Step {
  time: number;
  total: number;
  done: number;
}

/**
 * How many milestones there were and how many were done, a day at a time. What is not known of one is counted
 * from the beginning on, so that the last point is what is so now.
 */
export function seriesOf(
  milestones: readonly ReportMilestone[],
  history: readonly HistoryEntry[],
  now: number,
): Pick<RoadmapReport, 'series' | 'undated'> {
  const steps: Step[] = [];
  let undated = 0;
  const byId = Map.groupBy(history, ({ id }) => id);
  const current = new Map(milestones.map((milestone) => [milestone.id, milestone]));
  for (const id of new Set([...byId.keys(), ...current.keys()])) {
    const life = lifeOf(current.get(id), byId.get(id) ?? []);
    if (life.isUndated) undated += 1;
    steps.push(...life.steps);
  }
  const known = steps.filter(({ time }) => time > 0 && time <= now).sort((a, b) => a.time - b.time);
  const first = known[0]?.time;
  if (first === undefined) return { series: [], undated };
  const width = Math.max(1, Math.ceil((now - first) / dayMs / mostPoints)) * dayMs;
  const sum = { total: 0, done: 0 };
  for (const { total, done } of steps.filter(({ time }) => time <= 0)) {
    sum.total += total;
    sum.done += done;
  }
  const series: RoadmapReport['series'] = [];
  let at = 0;
  const count = Math.ceil((now - first) / width);
  for (let place = count; place >= 0; place--) {
    const time = now - place * width;
    for (; at < known.length && known[at]!.time <= time; at++) {
      sum.total += known[at]!.total;
      sum.done += known[at]!.done;
    }
    series.push({ time, ...sum });
  }
  return { series, undated };
}

/** What one milestone adds to the counts, and when; at 0 what was so before anything is known. */
function lifeOf(
  milestone: ReportMilestone | undefined,
  entries: readonly HistoryEntry[],
): { steps: Step[]; isUndated: boolean } {
  const steps: Step[] = [];
  const begins = entries.find(({ action, changes }) => isBegin(action, changes));
  const made = milestone?.createdAt ?? (begins === undefined ? 0 : Date.parse(begins.time));
  steps.push({ time: made, total: 1, done: 0 });
  let isDone = false;
  let isThere = true;
  for (const { time, action, changes } of entries) {
    const at = Date.parse(time);
    if (action === 'removed') {
      steps.push({ time: at, total: -1, done: isDone ? -1 : 0 });
      isThere = false;
      isDone = false;
      continue;
    }
    if (!isThere) {
      steps.push({ time: at, total: 1, done: 0 });
      isThere = true;
    }
    const change = changes.find(({ field }) => field === 'status');
    if (change === undefined) continue;
    // It was complete before its history begins.
    if (change.from === 'complete' && !isDone) {
      steps.push({ time: made, total: 0, done: 1 });
      isDone = true;
    }
    const becomes = change.to === 'complete';
    if (becomes === isDone) continue;
    steps.push({ time: at, total: 0, done: becomes ? 1 : -1 });
    isDone = becomes;
  }
  const isComplete = milestone?.status === 'complete';
  if (isComplete && !isDone) {
    steps.push({ time: milestone.completedAt ?? made, total: 0, done: 1 });
  }
  return { steps, isUndated: made === 0 || (isComplete && milestone.completedAt === null) };
}

/** An entry that made it, and did not change one that was there. */
function isBegin(action: HistoryEntry['action'], changes: HistoryEntry['changes']): boolean {
  if (action === 'added') return true;
  return (
    action === 'imported' && changes.some(({ field, from }) => field === 'title' && from === null)
  );
}
