import { formatBytes, formatCount, formatShare } from './format.ts';

/** The size of a change, without its sign. */
export function changeText(change: number, unit: 'bytes' | 'count'): string {
  return unit === 'bytes' ? formatBytes(Math.abs(change)) : formatCount(Math.abs(change));
}

/** The change in words: `up 12.0 MB (1.2%)`. */
export function deltaText(change: number, unit: 'bytes' | 'count', before?: number): string {
  if (change === 0) return 'unchanged';
  const share = before && before > 0 ? ` (${formatShare(Math.abs(change) / before)})` : '';
  return `${change > 0 ? 'up' : 'down'} ${changeText(change, unit)}${share}`;
}
