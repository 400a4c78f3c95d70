import type { MetricUnit } from '@om-ops/kit';
import { formatBytes, formatCount, formatDuration } from '@om-ops/kit/text';

/** A measured value in its unit, as people read it. */
export function amountText(value: number | null, unit: MetricUnit | null): string {
  if (value === null) return '–';
  switch (unit) {
    case 'bytes':
      return formatBytes(value);
    case 'bytes/s':
      return `${formatBytes(value)}/s`;
    case 'percent':
      return `${tidy(value)}%`;
    case 'ms':
      return formatDuration(value);
    case 'days':
      return `${tidy(value)} d`;
    case 'count/s':
      return `${formatCount(tidy(value))}/s`;
    default:
      return formatCount(tidy(value));
  }
}

const tidy = (value: number): number =>
  Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 100) / 100;

const bars = '▁▂▃▄▅▆▇█';

/** A line of a character a value; a gap where nothing was measured. */
export function sparkline(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return '';
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return values
    .map((value) => {
      if (value === null) return ' ';
      const share = high === low ? 0 : (value - low) / (high - low);
      return bars[Math.min(bars.length - 1, Math.floor(share * bars.length))];
    })
    .join('');
}
