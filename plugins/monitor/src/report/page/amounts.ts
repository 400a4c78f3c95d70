import { formatBytes, formatCount, formatDuration } from '@om-ops/kit/page';
import type { ShownCheck } from '../types.ts';

type Unit = NonNullable<ShownCheck['unit']>;

/** A number as people read it: `87 %`, `38 ms`. */
export function amountText(value: number, unit: Unit): string {
  switch (unit) {
    case 'bytes':
      return formatBytes(value);
    case 'bytes/s':
      return `${formatBytes(value)}/s`;
    case 'percent':
      return `${short(value)}\u00a0%`;
    case 'ms':
      return formatDuration(value);
    case 'days':
      return `${short(value)}\u00a0d`;
    case 'count/s':
      return `${short(value)}/s`;
    default:
      return short(value);
  }
}

function short(value: number): string {
  return Math.abs(value) >= 10 || Number.isInteger(value)
    ? formatCount(Math.round(value))
    : value.toFixed(1);
}
