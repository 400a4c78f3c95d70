import type { MetricUnit, SeriesPoint } from '@om-ops/kit';

/** What a series was in a span of time. */
export interface SeriesSummary {
  name: string;
  label: string;
  unit: MetricUnit;
  stepSeconds: number;
  min: number | null;
  mean: number | null;
  max: number | null;
  /** Of the means of the steps: what all but a twentieth of the time was below. */
  p95: number | null;
  points: readonly SeriesPoint[];
}

/** @param all the whole time as one point: a mean of means would count a short step as a long one */
export function summaryOf(
  { name, label, unit }: Pick<SeriesSummary, 'name' | 'label' | 'unit'>,
  stepSeconds: number,
  all: SeriesPoint | undefined,
  points: readonly SeriesPoint[],
): SeriesSummary {
  const means = points
    .map(({ mean }) => mean)
    .filter((value) => value !== null)
    .sort((one, other) => one - other);
  const { min = null, mean = null, max = null } = all ?? {};
  const p95 = means[Math.max(0, Math.ceil(means.length * 0.95) - 1)] ?? null;
  return { name, label, unit, stepSeconds, min, mean, max, p95, points };
}
