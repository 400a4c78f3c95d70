import { visibleText } from '../../visible.ts';
import { deltaText } from '../delta-text.ts';
import { formatBytes, formatCount, formatExactBytes } from '../format.ts';

export interface SeriesPoint {
  /** Milliseconds. */
  time: number;
  value: number;
}

export interface Series {
  id: string;
  name: string;
  /** Oldest first. */
  points: readonly SeriesPoint[];
  /** Colour, dashes and marker; keeps a series' looks when others are filtered out. Default: its place. */
  look?: number;
}

export type Unit = 'bytes' | 'count';

/** What is known of one series at one moment. */
export interface Reading {
  series: Series;
  look: number;
  value: number;
  /** The value before, of the same series. */
  before: number | null;
}

/** Every moment at which any series has a value, oldest first. */
export function momentsOf(series: readonly Series[]): number[] {
  const moments = new Set(series.flatMap(({ points }) => points.map(({ time }) => time)));
  return [...moments].sort((a, b) => a - b);
}

/** The values at a moment, in the order of the series. */
export function readingsAt(series: readonly Series[], time: number): Reading[] {
  return series.flatMap((each, place) => {
    const at = each.points.findIndex((point) => point.time === time);
    const point = each.points[at];
    if (!point) return [];
    const before = each.points[at - 1]?.value ?? null;
    return [{ series: each, look: each.look ?? place, value: point.value, before }];
  });
}

/** Index of the moment closest to a time; -1 when there is none. */
export function nearest(moments: readonly number[], time: number): number {
  let best = -1;
  let gap = Number.POSITIVE_INFINITY;
  for (const [index, moment] of moments.entries()) {
    const distance = Math.abs(moment - time);
    if (distance < gap) {
      gap = distance;
      best = index;
    }
  }
  return best;
}

export function valueText(value: number, unit: Unit): string {
  return unit === 'bytes' ? formatBytes(value) : formatCount(value);
}

/** The exact value, where `valueText` rounds. */
export function exactText(value: number, unit: Unit): string {
  return unit === 'bytes' ? formatExactBytes(value) : formatCount(value);
}

/** The readings as a sentence for the live region. */
export function readingText(when: string, readings: readonly Reading[], unit: Unit): string {
  const parts = readings.map(({ series, value, before }) => {
    const change = before === null ? '' : `, ${deltaText(value - before, unit, before)}`;
    return `${visibleText(series.name)} ${exactText(value, unit)}${change}`;
  });
  return `${when}: ${parts.join('; ')}.`;
}

/** The whole chart as a sentence: its description for those who do not see it. */
export function summaryText(
  series: readonly Series[],
  unit: Unit,
  dateOf: (time: number) => string,
): string {
  return series
    .map(({ name: written, points }) => {
      const name = visibleText(written);
      const first = points[0];
      const last = points.at(-1);
      if (!first || !last) return `${name} has no values.`;
      if (first === last) return `${name}: ${valueText(last.value, unit)} on ${dateOf(last.time)}.`;
      const change = deltaText(last.value - first.value, unit, first.value);
      return `${name}: from ${valueText(first.value, unit)} on ${dateOf(first.time)} to ${valueText(last.value, unit)} on ${dateOf(last.time)}, ${change}.`;
    })
    .join(' ');
}
