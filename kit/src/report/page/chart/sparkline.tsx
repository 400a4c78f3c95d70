import { linear } from './scale.ts';

const width = 100;
const height = 30;

interface SparklineProps {
  /** Oldest first; null where nothing was measured. */
  values: readonly (number | null)[];
  /** Drawn across it, dashed. */
  threshold?: number | undefined;
}

/** The shape of a history, below the figure it belongs to; the figure says the values. */
export function Sparkline({ values, threshold }: SparklineProps) {
  const known = [...values, threshold].filter((value) => value != null);
  const low = Math.min(...known);
  const high = Math.max(...known);
  const x = linear(0, values.length - 1, 0, width);
  const y = high === low ? () => height / 2 : linear(low, high, height - 6, 3);
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {stretches(values).map((stretch) => {
        const line = stretch
          .map(
            ([at, value], index) =>
              `${index === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`,
          )
          .join('');
        const [from, to] = [stretch[0]![0], stretch.at(-1)![0]];
        return (
          <g key={from}>
            <path class="sparkline-area" d={`${line}V${height}H${x(from).toFixed(1)}Z`} />
            <path class="sparkline-line" d={from === to ? `${line}h0.01` : line} />
          </g>
        );
      })}
      {threshold !== undefined && (
        <path class="sparkline-threshold" d={`M0 ${y(threshold).toFixed(1)}H${width}`} />
      )}
    </svg>
  );
}

/** The parts without a gap: places and values. */
function stretches(values: readonly (number | null)[]): [number, number][][] {
  const all: [number, number][][] = [];
  let open: [number, number][] = [];
  for (const [at, value] of values.entries()) {
    if (value === null) {
      if (open.length > 0) all.push(open);
      open = [];
    } else open.push([at, value]);
  }
  return open.length > 0 ? [...all, open] : all;
}
