import type { MetricUnit } from '@om-ops/kit';
import { escaped } from './prometheus.ts';

export interface ExportedPoint {
  /** ISO 8601 with offset. */
  at: string;
  series: string;
  unit: MetricUnit;
  min: number;
  mean: number;
  max: number;
}

export function exportText(
  points: readonly ExportedPoint[],
  format: 'csv' | 'jsonl' | 'openmetrics',
  site: string,
): string {
  switch (format) {
    case 'jsonl':
      return points.map((point) => JSON.stringify(point)).join('\n');
    case 'openmetrics':
      return openMetrics(points, site);
    default:
      return [
        'at,series,unit,min,mean,max',
        ...points.map(({ at, series, unit, min, mean, max }) =>
          [at, series, unit, min, mean, max].map(csvField).join(','),
        ),
      ].join('\n');
  }
}

function csvField(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Points of one series stand together, in the order of time, and the text has an end of its own. */
function openMetrics(points: readonly ExportedPoint[], site: string): string {
  return [
    '# TYPE om_ops_value gauge',
    '# HELP om_ops_value What was measured, the mean of each step in its unit.',
    ...points.map(
      ({ at, series, unit, mean }) =>
        `om_ops_value{site="${escaped(site)}",series="${escaped(series)}",unit="${unit}"} ${mean} ${Date.parse(at) / 1000}`,
    ),
    '# EOF',
  ].join('\n');
}
