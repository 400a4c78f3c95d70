import { linear } from './scale.ts';

const width = 100;
const height = 30;

/** The shape of a history, below the figure it belongs to; the figure says the values. */
export function Sparkline({ values }: { values: readonly number[] }) {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const x = linear(0, values.length - 1, 0, width);
  const y = high === low ? () => height / 2 : linear(low, high, height - 6, 3);
  const line = values
    .map((value, at) => `${at === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`)
    .join('');
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path class="sparkline-area" d={`${line}V${height}H0Z`} />
      <path class="sparkline-line" d={line} />
    </svg>
  );
}
