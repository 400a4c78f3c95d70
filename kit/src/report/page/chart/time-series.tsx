import type { ComponentChildren } from 'preact';
import { useId, useMemo, useRef, useState } from 'preact/hooks';
import { useClock, useReport } from '../context.ts';
import { Icon } from '../icons.tsx';
import { Visible } from '../path.tsx';
import { chartCursor } from '../roles.ts';
import { useWidth } from '../size.ts';
import { ChartTable } from './chart-table.tsx';
import { Swatch } from './looks.tsx';
import { type Frame, frameOf, Plot } from './plot.tsx';
import {
  exactText,
  momentsOf,
  nearest,
  readingsAt,
  readingText,
  type Series,
  summaryText,
  type Unit,
  valueText,
} from './series.ts';
import { Tooltip } from './tooltip.tsx';

export interface TimeSeriesProps {
  title: string;
  /** One line below the title. */
  about?: ComponentChildren;
  series: readonly Series[];
  unit: Unit;
  /** `bars`: counts of one series a day or week, each standing at its beginning. Default: lines. */
  kind?: 'lines' | 'bars';
  /** Plot height in CSS pixels. */
  height?: number;
  /** Ends of the time axis; default: those of the data. */
  from?: number;
  to?: number;
  /** What to say when there is nothing to draw. */
  empty?: string;
}

/**
 * Lines over time. Hover and the arrow keys move one cursor, whose values stand in a tooltip and
 * are said in a live region; a button shows the same as a table.
 */
export function TimeSeries(props: TimeSeriesProps) {
  const { title, about, series, unit } = props;
  const [asTable, setAsTable] = useState(false);
  const id = useId();
  const moments = useMemo(() => momentsOf(series), [series]);
  return (
    <figure class="chart sheet" aria-labelledby={`${id}-title`}>
      <figcaption class="chart-head">
        <div>
          <h2 id={`${id}-title`}>{title}</h2>
          {about && <p class="about">{about}</p>}
        </div>
        {moments.length > 1 && (
          <button
            type="button"
            class="button quiet small no-print"
            aria-pressed={asTable}
            aria-label={`View ${title} as table`}
            onClick={() => setAsTable(!asTable)}
          >
            <Icon name="table" />
            Table
          </button>
        )}
      </figcaption>
      {moments.length > 1 && <Legend series={series} unit={unit} lines={props.kind !== 'bars'} />}
      {moments.length === 1 ? (
        <One series={series} unit={unit} />
      ) : moments.length === 0 ? (
        <p class="chart-empty">{props.empty ?? 'Nothing was recorded in this range.'}</p>
      ) : asTable ? (
        <ChartTable title={title} series={series} moments={moments} unit={unit} />
      ) : (
        <Interactive {...props} moments={moments} labelledBy={`${id}-title`} />
      )}
    </figure>
  );
}

interface LegendProps {
  series: readonly Series[];
  unit: Unit;
  lines: boolean;
}

/** Which line is which, and the last value of each with its day. */
function Legend({ series, unit, lines }: LegendProps) {
  const clock = useClock();
  return (
    <ul class="legend">
      {series.map(({ id, name, points, look }, place) => {
        const last = points.at(-1);
        return (
          <li key={id}>
            {lines && <Swatch look={look ?? place} dashed={series.length > 1} />}
            <bdi>
              <Visible text={name} />
            </bdi>
            {last && (
              <span>
                <span class="legend-value">{valueText(last.value, unit)}</span>{' '}
                <span class="legend-when">on {clock.dayMonth(last.time)}</span>
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** One moment is no line: its values in words. */
function One({ series, unit }: { series: readonly Series[]; unit: Unit }) {
  const clock = useClock();
  return (
    <p class="chart-one">
      {series.map(({ id, name, points: [point] }) =>
        point === undefined ? null : (
          <span key={id}>
            <bdi>
              <Visible text={name} />
            </bdi>{' '}
            <span class="legend-value" title={exactText(point.value, unit)}>
              {valueText(point.value, unit)}
            </span>{' '}
            on {clock.date(point.time)}.{' '}
          </span>
        ),
      )}
      It is drawn when there is a second moment to compare with.
    </p>
  );
}

interface InteractiveProps extends TimeSeriesProps {
  moments: readonly number[];
  labelledBy: string;
}

function Interactive(props: InteractiveProps) {
  const { series, unit, moments, height = 200 } = props;
  const { clock } = useReport();
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const id = useId();
  const frame = useMemo(
    () =>
      frameOf({
        series,
        unit,
        moments,
        width,
        height,
        clock,
        from: props.from,
        to: props.to,
        bars: props.kind === 'bars',
      }),
    [series, unit, moments, width, height, clock, props.from, props.to, props.kind],
  );
  const written = useMemo(() => clock.apart(moments), [clock, moments]);
  const { cursor, handlers } = useCursor(props, frame, written);
  const time = cursor === null ? undefined : moments[cursor];
  const readings = time === undefined ? [] : readingsAt(series, time);
  return (
    <div class="chart-box" ref={box} style={{ minHeight: `${height}px` }}>
      {width > 0 && (
        <div class="chart-focus" {...chartCursor(props.labelledBy, id)} {...handlers}>
          <Plot frame={frame} series={series} time={time} readings={readings} title={props.title} />
        </div>
      )}
      {time !== undefined && (
        <Tooltip frame={frame} time={time} when={written(time)} readings={readings} unit={unit} />
      )}
      <p class="off-screen" id={id}>
        {summaryText(series, unit, (at) => clock.date(at))} The arrow keys read the values.
      </p>
    </div>
  );
}

function useCursor(
  { series, unit, moments }: InteractiveProps,
  frame: Frame,
  written: (time: number) => string,
) {
  const { announce } = useReport();
  const [cursor, setCursor] = useState<number | null>(null);
  const last = moments.length - 1;
  const at = cursor === null ? null : Math.min(cursor, last);

  const say = (index: number) => {
    const time = moments[index];
    setCursor(index);
    if (time !== undefined) announce(readingText(written(time), readingsAt(series, time), unit));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') return setCursor(null);
    const from = at ?? last + 1;
    const target = {
      ArrowLeft: from - 1,
      ArrowRight: at === null ? last : from + 1,
      PageUp: from - 10,
      PageDown: from + 10,
      Home: 0,
      End: last,
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    say(Math.max(0, Math.min(last, target)));
  };
  const follow = (event: PointerEvent & { currentTarget: HTMLElement }) => {
    const left = event.currentTarget.getBoundingClientRect().left;
    const index = nearest(moments, frame.timeAt(event.clientX - left) - frame.step / 2);
    if (index >= 0) setCursor(index);
  };
  return {
    cursor: at,
    handlers: {
      onKeyDown,
      onPointerMove: follow,
      onPointerDown: follow,
      onPointerLeave: (event: PointerEvent & { currentTarget: HTMLElement }) => {
        if (document.activeElement !== event.currentTarget) setCursor(null);
      },
      onFocus: () => say(at ?? last),
      onBlur: () => setCursor(null),
    },
  };
}
