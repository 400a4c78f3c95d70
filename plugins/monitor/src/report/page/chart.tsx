import type { State } from '@om-ops/kit';
import { StateBadge, useClock, Visible } from '@om-ops/kit/page';
import type { ChartData, Mark } from '../types.ts';
import { amountText } from './amounts.ts';
import { useBoxWidth } from './hooks.ts';

interface LiveChartProps {
  chart: ChartData;
  /** What came since the page was opened. */
  live: readonly (readonly [number, number])[];
  from: number;
  to: number;
  level: State | undefined;
  marks: readonly Mark[];
  /** One cursor goes through all charts: seconds since 1970. */
  cursor: number | null;
  onCursor(time: number | null): void;
}

const height = 150;
const left = 52;
const bottom = 22;
const top = 8;

/** One series over time, with where it would be worth a warning, and what was done meanwhile. */
export function LiveChart(props: LiveChartProps) {
  const { chart, live, from, to, level, marks, cursor } = props;
  const clock = useClock();
  const { box, width } = useBoxWidth();
  const points = joined(chart.points, live).filter(([time]) => time >= from && time <= to);
  const seenMarks = marks.filter(({ at }) => {
    const time = Date.parse(at) / 1000;
    return time >= from && time <= to;
  });
  const most = topOf(chart, points);
  const x = (time: number) => left + ((time - from) / (to - from)) * (width - left - 8);
  const y = (value: number) =>
    top + (1 - Math.min(1, Math.max(0, value / most))) * (height - top - bottom);
  const read = nearest(points, cursor ?? to);
  const newest = points.at(-1);
  const said =
    newest === undefined ? 'nothing measured' : `now ${amountText(newest[1], chart.unit)}`;
  return (
    <figure class="sheet live-chart">
      <figcaption>
        <h2>
          <Visible text={chart.title} />
        </h2>
        {level !== undefined && <StateBadge state={level} />}
        <p class="live-value">
          {read === undefined
            ? 'Nothing was measured in this time.'
            : amountText(read[1], chart.unit)}
          {read !== undefined && cursor !== null && (
            <span class="live-when"> at {clock.timeWithSeconds(read[0] * 1000)}</span>
          )}
        </p>
      </figcaption>
      <div
        ref={box}
        class="live-plot"
        onPointerMove={(event) => {
          const at = event.clientX - event.currentTarget.getBoundingClientRect().left;
          const share = (at - left) / Math.max(1, width - left - 8);
          props.onCursor(share < 0 || share > 1 ? null : from + share * (to - from));
        }}
        onPointerLeave={() => props.onCursor(null)}
      >
        {width > 0 && (
          <svg
            width={width}
            height={height}
            role="img"
            aria-label={`${chart.title}: ${said}, at most ${amountText(Math.max(0, ...points.map(([, value]) => value)), chart.unit)} in this time.`}
          >
            <Bands chart={chart} y={y} most={most} width={width} />
            {[0, 0.5, 1].map((share) => (
              <g key={share}>
                <path class="grid" d={`M${left} ${y(share * most)}H${width - 8}`} />
                <text x={left - 8} y={y(share * most) + 4} text-anchor="end">
                  {amountText(share * most, chart.unit)}
                </text>
              </g>
            ))}
            {[from, (from + to) / 2, to].map((time, at) => (
              <text
                key={at}
                x={x(time)}
                y={height - 6}
                text-anchor={at === 0 ? 'start' : at === 1 ? 'middle' : 'end'}
              >
                {to - from > 86_400 ? clock.dayMonth(time * 1000) : clock.time(time * 1000)}
              </text>
            ))}
            {seenMarks.map((mark) => (
              <MarkLine
                key={`${mark.at} ${mark.text}`}
                mark={mark}
                width={width}
                x={x(Date.parse(mark.at) / 1000)}
              />
            ))}
            <path class="line" d={lineOf(points, chart.joinSeconds, x, y)} />
            {cursor !== null && read !== undefined && (
              <>
                <path class="cursor" d={`M${x(cursor)} ${top}V${height - bottom}`} />
                <circle class="dot" cx={x(read[0])} cy={y(read[1])} r="3.5" />
              </>
            )}
          </svg>
        )}
      </div>
    </figure>
  );
}

function Bands({
  chart: { warning, critical },
  y,
  most,
  width,
}: {
  chart: ChartData;
  y: (value: number) => number;
  most: number;
  width: number;
}) {
  const band = (kind: string, low: number, high: number) =>
    low >= most ? null : (
      <rect class={kind} x={left} width={width - left - 8} y={y(high)} height={y(low) - y(high)} />
    );
  return (
    <>
      {warning !== null && band('band-warning', warning, Math.min(critical ?? most, most))}
      {critical !== null && band('band-critical', critical, most)}
    </>
  );
}

function MarkLine({ mark: { text, failed }, x, width }: { mark: Mark; x: number; width: number }) {
  // Near the right end there is no room for the words behind it.
  const isLate = x > width * 0.75;
  return (
    <g class="mark-done" data-failed={failed ? '' : undefined}>
      <path d={`M${x} ${top}V${height - bottom}`} />
      <text x={isLate ? x - 4 : x + 4} y={top + 8} text-anchor={isLate ? 'end' : 'start'}>
        {text}
        {failed ? ' failed' : ''}
      </text>
    </g>
  );
}

/** What is kept, and behind it what came since. */
function joined(kept: ChartData['points'], live: LiveChartProps['live']): ChartData['points'] {
  const last = kept.at(-1)?.[0] ?? Number.NEGATIVE_INFINITY;
  return [...kept, ...live.filter(([time]) => time > last)];
}

/** A share goes to 100; of the rest the axis is as high as what was measured, and as the warning where that is near. */
function topOf({ unit, warning }: ChartData, points: ChartData['points']): number {
  if (unit === 'percent') return 100;
  const most = Math.max(0, ...points.map(([, value]) => value));
  const wanted = warning !== null && warning < 3 * most ? Math.max(most, warning * 1.2) : most;
  if (wanted <= 0) return 1;
  const step = 10 ** Math.floor(Math.log10(wanted));
  return Math.ceil((wanted * 1.05) / (step / 2)) * (step / 2);
}

function nearest(points: ChartData['points'], time: number) {
  let best: readonly [number, number] | undefined;
  for (const point of points)
    if (best === undefined || Math.abs(point[0] - time) < Math.abs(best[0] - time)) best = point;
  return best;
}

/** Where nobody looked for long there is no line. */
function lineOf(
  points: ChartData['points'],
  joinSeconds: number,
  x: (time: number) => number,
  y: (value: number) => number,
): string {
  return points
    .map(([time, value], at) => {
      const before = points[at - 1];
      const after = points[at + 1];
      const isJoined = before !== undefined && time - before[0] <= joinSeconds;
      const isAlone = !isJoined && (after === undefined || after[0] - time > joinSeconds);
      return `${isJoined ? 'L' : 'M'}${x(time).toFixed(1)} ${y(value).toFixed(1)}${isAlone ? 'h0.01' : ''}`;
    })
    .join('');
}
