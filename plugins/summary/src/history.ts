import { isoWithOffset, type Metric, type PanelHistory, type ReadPanel } from '@om-ops/kit';
import type { KeptSummary } from './runs.ts';
import type { SummaryPanel } from './summary.ts';

/** Adds what earlier runs know of a part: since when it is so, and how its first figure went. */
export function withHistory(
  panel: ReadPanel,
  runs: readonly KeptSummary[],
  now: Date,
): SummaryPanel {
  const history = panel.history ?? historyOf(panel, runs, now);
  const threshold = panel.threshold ?? thresholdOf(panel);
  return {
    ...panel,
    since: panel.since ?? sinceOf(panel, runs) ?? isoWithOffset(now),
    ...(history === undefined ? {} : { history }),
    ...(history === undefined || threshold === undefined ? {} : { threshold }),
  };
}

/** The earliest of the runs, without one between them, that saw it in the same state. */
function sinceOf({ topic, state }: ReadPanel, runs: readonly KeptSummary[]): string | undefined {
  let since: string | undefined;
  for (const run of runs) {
    const then = run.panels.find((panel) => panel.topic === topic);
    if (then?.state !== state) break;
    since = then.since ?? run.at;
  }
  return since;
}

/** The one with a limit says more than the others. */
function shownMetric({ metrics }: ReadPanel): Metric | undefined {
  return metrics.find(({ limit }) => limit !== undefined) ?? metrics[0];
}

const fewest = 3;

function historyOf(
  panel: ReadPanel,
  runs: readonly KeptSummary[],
  now: Date,
): PanelHistory | undefined {
  const metric = shownMetric(panel);
  if (metric === undefined) return undefined;
  const valueIn = (panels: readonly ReadPanel[]) =>
    panels.find(({ topic }) => topic === panel.topic)?.metrics.find(({ key }) => key === metric.key)
      ?.value ?? null;
  const points = runs
    .map((run) => ({ at: Date.parse(run.at), value: valueIn(run.panels as ReadPanel[]) }))
    .filter(({ at }) => at < now.getTime())
    .reverse();
  const all = [...points, { at: now.getTime(), value: metric.value }];
  const known = all.flatMap(({ value }) => value ?? []);
  // Two points are no course, and what never changes has none.
  return known.length < fewest || new Set(known).size < 2
    ? undefined
    : { label: metric.label, unit: metric.unit, points: all };
}

function thresholdOf(panel: ReadPanel): SummaryPanel['threshold'] {
  const { limit } = shownMetric(panel) ?? {};
  const value = limit?.warning ?? limit?.critical;
  if (value === undefined || panel.history !== undefined) return undefined;
  return { value, label: limit?.warning === undefined ? 'critical' : 'warning' };
}
