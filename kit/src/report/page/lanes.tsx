import type { State } from '../../abilities/state.ts';
import { visibleText } from '../visible.ts';
import { useClock } from './context.ts';
import { formatDuration } from './format.ts';
import { Visible } from './path.tsx';

export interface LaneSpan {
  /** ISO 8601. */
  from: string;
  to: string;
  level: Exclude<State, 'off'>;
}

export interface LaneRow {
  key: string;
  title: string;
  spans: readonly LaneSpan[];
  /** How much of the watched time it was healthy, 0 to 1; null when nobody watched. */
  healthy: number | null;
}

/** Something that was done, as a mark below the lanes. */
export interface LaneMark {
  at: string;
  text: string;
}

interface LanesProps {
  since: string;
  until: string;
  lanes: readonly LaneRow[];
  marks: readonly LaneMark[];
}

const hour = 3_600_000;

/**
 * How checks were through a time, one below the other, and what was done meanwhile. The level is in the
 * height as well as in the colour; where nobody watched the lane is a dashed line.
 */
export function Lanes({ since, until, lanes, marks }: LanesProps) {
  const clock = useClock();
  const [from, to] = [Date.parse(since), Date.parse(until)];
  const at = (time: string | number) =>
    (100 * (Math.min(to, Math.max(from, new Date(time).getTime())) - from)) / (to - from);
  return (
    <div class="lanes">
      {lanes.map(({ key, title, spans, healthy }) => (
        <div class="lane" key={key}>
          <span class="lane-title" dir="auto">
            <Visible text={title} />
          </span>
          <span
            class="lane-track"
            role="img"
            aria-label={laneText(spans, healthy, clock.time.bind(clock))}
          >
            {spans.map((span) => (
              <span
                key={span.from}
                class="lane-span"
                data-level={span.level}
                title={`${span.level}, ${clock.dateTime(span.from)} to ${clock.time(span.to)}`}
                style={{ left: `${at(span.from)}%`, width: `${at(span.to) - at(span.from)}%` }}
              />
            ))}
          </span>
          <span class="lane-share">{healthy === null ? 'not seen' : shareText(healthy)}</span>
        </div>
      ))}
      {marks.length > 0 && (
        <div class="lane lane-marks">
          <span class="lane-title">Done</span>
          <span class="lane-track" aria-hidden="true">
            {marks.map((mark, index) => (
              <span
                key={index}
                class="lane-mark"
                title={visibleText(`${clock.time(mark.at)} ${mark.text}`)}
                style={{ left: `${at(mark.at)}%` }}
              />
            ))}
          </span>
          <span class="lane-share" />
        </div>
      )}
      <div class="lane lane-axis" aria-hidden="true">
        <span class="lane-title" />
        <span class="lane-track">
          {ticksOf(from, to, (time) => clock.time(time)).map(({ time, isMain }) => (
            <span
              key={time}
              class="lane-tick"
              data-main={isMain ? '' : undefined}
              style={{ left: `${at(time)}%` }}
            >
              {clock.time(time)}
            </span>
          ))}
        </span>
        <span class="lane-share" />
      </div>
    </div>
  );
}

function laneText(
  spans: readonly LaneSpan[],
  healthy: number | null,
  time: (at: string) => string,
): string {
  const bad = spans.filter(({ level }) => level !== 'healthy');
  const head = healthy === null ? 'nobody watched' : `healthy ${shareText(healthy)} of the time`;
  const told = bad
    .slice(0, 8)
    .map(({ level, from, to }) => `${level} from ${time(from)} to ${time(to)}`);
  const more =
    bad.length > told.length ? [`and ${bad.length - told.length} more times not healthy`] : [];
  return [head, ...told, ...more].join('; ');
}

/** Rounded down: what was down for a minute was not up for 100 %. */
function shareText(share: number): string {
  return `${Math.floor(share * 1000) / 10}\u00a0%`;
}

/** Every third hour, and every sixth as a main one: only these stay where it is narrow. */
function ticksOf(from: number, to: number, text: (at: number) => string) {
  const ticks: { time: number; isMain: boolean }[] = [];
  for (let time = Math.ceil(from / hour) * hour; time <= to; time += hour) {
    const hours = Number(text(time).slice(0, 2));
    if (text(time).endsWith(':00') && hours % 3 === 0)
      ticks.push({ time, isMain: hours % 6 === 0 });
  }
  return ticks;
}

/** `23 min`: how long a span is. */
export function spanLength({ from, to }: LaneSpan): string {
  return formatDuration(Date.parse(to) - Date.parse(from));
}
