import type { Clock } from '../clock.ts';
import { colourOf, dashOf, Marker } from './looks.tsx';
import { type Domain, linear, type Scale, type TimeTick, timeTicks, valueDomain } from './scale.ts';
import { type Reading, type Series, type Unit, valueText } from './series.ts';

/** Where everything of a plot stands, in CSS pixels. */
export interface Frame {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
  x: Scale;
  y: Scale;
  domain: Domain;
  times: TimeTick[];
  valueLabels: string[];
  timeAt: (x: number) => number;
  /** Milliseconds that a bar is wide; 0 where lines are drawn. */
  step: number;
}

interface FrameInput {
  series: readonly Series[];
  unit: Unit;
  moments: readonly number[];
  width: number;
  height: number;
  clock: Clock;
  from: number | undefined;
  to: number | undefined;
  bars: boolean;
}

const halfDay = 43_200_000;

export function frameOf(input: FrameInput): Frame {
  const { series, moments, width, height, clock } = input;
  const domain = valueDomain(
    series.flatMap(({ points }) => points.map(({ value }) => value)),
    input.unit === 'count',
  );
  const valueLabels = domain.ticks.map((value) => tickText(value, input.unit));
  const widest = Math.max(...valueLabels.map(({ length }) => length));
  const left = Math.round(widest * 6.9 + 12);
  const right = width - 14;
  const top = 10;
  const bottom = height - 26;
  let from = input.from ?? moments[0] ?? 0;
  const step = input.bars ? smallestGap(moments) : 0;
  let to = Math.max(input.to ?? 0, (moments.at(-1) ?? 1) + step);
  if (from >= to) {
    from -= halfDay;
    to += halfDay;
  }
  return {
    width,
    height,
    left,
    right,
    top,
    bottom,
    domain,
    valueLabels,
    x: linear(from, to, left, right),
    y: linear(domain.low, domain.high, bottom, top),
    times: timeTicks(from, to, Math.max(2, Math.floor((right - left) / 84)), clock),
    timeAt: linear(left, right, from, to),
    step,
  };
}

function smallestGap(moments: readonly number[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const [at, moment] of moments.entries()) {
    if (at > 0) least = Math.min(least, moment - (moments[at - 1] ?? 0));
  }
  return Number.isFinite(least) ? least : 2 * halfDay;
}

/** Ticks are round, so a trailing `.00` says nothing. */
function tickText(value: number, unit: Unit): string {
  return valueText(value, unit)
    .replace(/\.0+(?=\D|$)/, '')
    .replace(/(\.\d*?)0+(?=\D|$)/, '$1');
}

interface PlotProps {
  frame: Frame;
  series: readonly Series[];
  /** The cursor's moment. */
  time: number | undefined;
  readings: readonly Reading[];
  title: string;
}

/** The drawing itself: axes, lines, markers, cursor. */
export function Plot({ frame, series, time, readings, title }: PlotProps) {
  const { width, height, left, right, top, bottom, x, y, step } = frame;
  return (
    <svg
      class="plot"
      role="img"
      aria-label={title}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
    >
      <title>{title}</title>
      <Axes frame={frame} />
      {series.map((each, place) =>
        step > 0 ? (
          <BarMarks key={each.id} series={each} look={each.look ?? place} frame={frame} at={time} />
        ) : (
          <Line
            key={each.id}
            series={each}
            look={each.look ?? place}
            frame={frame}
            alone={series.length === 1}
          />
        ),
      )}
      {time !== undefined && (
        <g class="cursor">
          <path class="cursor-line" d={`M${x(time + step / 2)} ${top}V${bottom}`} />
          {readings.map(({ series: { id }, look, value }) => (
            <Marker key={id} look={look} x={x(time + step / 2)} y={y(value)} strong />
          ))}
        </g>
      )}
      {!frame.domain.fromZero && (
        <text class="axis-note" x={right} y={height - 30} text-anchor="end" data-left={left}>
          axis does not start at 0
        </text>
      )}
    </svg>
  );
}

function Axes({ frame }: { frame: Frame }) {
  const { domain, valueLabels, times, x, y, left, right, bottom } = frame;
  return (
    <g class="axes">
      {domain.ticks.map((value, at) => (
        <g key={value}>
          <path
            class={value === 0 ? 'grid zero' : 'grid'}
            d={`M${left} ${Math.round(y(value)) + 0.5}H${right}`}
          />
          <text x={left - 8} y={y(value)} dy="0.32em" text-anchor="end">
            {valueLabels[at]}
          </text>
        </g>
      ))}
      {times.map(({ at, label }) => (
        <g key={at}>
          <path class="tick" d={`M${Math.round(x(at)) + 0.5} ${bottom}v4`} />
          <text x={x(at)} y={bottom + 18} text-anchor={anchorAt(x(at), label, frame)}>
            {label}
          </text>
        </g>
      ))}
    </g>
  );
}

/** Labels at the ends lean inwards, so that none is cut off. */
function anchorAt(x: number, label: string, { width }: Frame): 'start' | 'middle' | 'end' {
  const half = label.length * 3.3;
  if (x - half < 0) return 'start';
  return x + half > width ? 'end' : 'middle';
}

interface LineProps {
  series: Series;
  look: number;
  frame: Frame;
  /** No other line is drawn: it needs no dashes to be told apart, and may be filled. */
  alone: boolean;
}

interface BarMarksProps {
  series: Series;
  look: number;
  frame: Frame;
  /** The cursor's moment. */
  at: number | undefined;
}

/** What was counted from one moment to the next, as a bar from the one to the other. */
function BarMarks({ series: { points }, look, frame: { x, y, bottom, step }, at }: BarMarksProps) {
  return (
    <g data-look={colourOf(look)}>
      {points.map(({ time, value }) => {
        const [from, to] = [x(time), x(time + step)];
        const gap = Math.min(2, (to - from) * 0.2);
        return (
          <rect
            key={time}
            class="bar-mark"
            data-at={time === at ? '' : undefined}
            x={from + gap / 2}
            y={y(value)}
            width={Math.max(1, to - from - gap)}
            height={Math.max(0, bottom - y(value))}
          />
        );
      })}
    </g>
  );
}

function Line({
  series: { points },
  look,
  frame: { x, y, left, right, bottom, domain },
  alone,
}: LineProps) {
  const spots = points.map(({ time, value }) => ({ x: x(time), y: y(value) }));
  const line = spots
    .map((spot, at) => `${at === 0 ? 'M' : 'L'}${spot.x.toFixed(1)} ${spot.y.toFixed(1)}`)
    .join('');
  const first = spots[0];
  const last = spots.at(-1);
  if (!first || !last) return null;
  const roomy = (right - left) / spots.length > 16;
  return (
    <g>
      {alone && domain.fromZero && (
        <path
          class="area"
          data-look={colourOf(look)}
          d={`${line}V${bottom}H${first.x.toFixed(1)}Z`}
        />
      )}
      <path
        class="line"
        data-look={colourOf(look)}
        stroke-dasharray={alone ? undefined : dashOf(look)}
        d={line}
      />
      {(roomy ? spots : [last]).map((spot) => (
        <Marker key={spot.x} look={look} x={spot.x} y={spot.y} />
      ))}
    </g>
  );
}
