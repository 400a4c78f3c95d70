import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { useClock } from './context.ts';
import type { Tone } from './delta.tsx';
import { formatCount, formatDuration } from './format.ts';
import { spelledOut } from './path.tsx';
import { usePrinting } from './printing.ts';
import { scrollRegion } from './roles.ts';
import { useVirtual } from './table/virtual.ts';

export interface TimelineItem {
  id: string | number;
  /** ISO 8601 or milliseconds. */
  time: string | number;
  /** Stands above the entry, where something begins: a new day. One line; it is cut short. */
  mark?: ComponentChildren;
  /** One line: who did what. */
  title: ComponentChildren;
  /** Behind the title: badges and buttons. */
  aside?: ComponentChildren;
  body?: ComponentChildren;
  /** Colours the dot; the words must say it too. */
  tone?: Tone;
}

interface TimelineProps {
  label: string;
  count: number;
  /** Called only for what is in view when there are many. */
  item: (index: number) => TimelineItem;
  /** Expected height of an entry in CSS pixels. */
  estimate?: number;
}

const virtualAbove = 200;
const printed = 200;

/** What happened, in order, with a line that joins it. Long ones are drawn where they are in view. */
export function Timeline(props: TimelineProps) {
  const printing = usePrinting();
  const { label, count, item } = props;
  if (count > virtualAbove && !printing) return <LongTimeline {...props} />;
  const shown = Math.min(count, printing ? printed : count);
  return (
    <>
      <ol class="timeline" aria-label={label}>
        {Array.from({ length: shown }, (_, index) => {
          const entry = item(index);
          return (
            <li key={entry.id}>
              <Entry {...entry} {...besides(props, index)} />
            </li>
          );
        })}
      </ol>
      {shown < count && (
        <p class="note">
          The first {formatCount(shown)} of {formatCount(count)} are printed.
        </p>
      )}
    </>
  );
}

function LongTimeline(props: TimelineProps) {
  const { label, count, item, estimate = 84 } = props;
  const scroll = useRef<HTMLDivElement>(null);
  const virtual = useVirtual({ count, scroll, estimate, keyOf: (at) => at });
  return (
    <div class="timeline-scroll bounded" ref={scroll} {...scrollRegion(label)}>
      <ol
        class="timeline virtual"
        aria-label={label}
        style={{ height: `${virtual.getTotalSize()}px` }}
      >
        {virtual.getVirtualItems().map(({ index, start }) => {
          const entry = item(index);
          return (
            <li
              key={entry.id}
              ref={virtual.measureElement}
              data-index={index}
              aria-setsize={count}
              aria-posinset={index + 1}
              style={{ transform: `translateY(${start}px)` }}
            >
              <Entry {...entry} {...besides(props, index)} />
            </li>
          );
        })}
      </ol>
    </div>
  );
}

interface Besides {
  /** Another entry beside it is of the same minute. */
  crowded: boolean;
  /** Milliseconds since the entry before it in time; null where something else begins. */
  gap: number | null;
}

/** What an entry needs to know of those above and below it. */
function besides({ count, item }: TimelineProps, index: number): Besides {
  const timeOf = (at: number): number => new Date(item(at).time).getTime();
  const here = timeOf(index);
  const above = index > 0 ? timeOf(index - 1) : Number.NaN;
  const below = index < count - 1 ? timeOf(index + 1) : Number.NaN;
  const minuteOf = (time: number): number => Math.floor(time / 60_000);
  const crowded = [above, below].some((time) => minuteOf(time) === minuteOf(here));
  const newestFirst = above > here || below < here;
  const begins = newestFirst ? index < count - 1 && item(index + 1).mark : item(index).mark;
  const before = newestFirst ? below : above;
  return { crowded, gap: begins || Number.isNaN(before) ? null : here - before };
}

function Entry(props: TimelineItem & Besides) {
  const { time, mark, title, aside, body, tone = 'neutral', crowded, gap } = props;
  const clock = useClock();
  const iso = typeof time === 'number' ? new Date(time).toISOString() : time;
  return (
    <div class="entry" data-tone={tone}>
      <time class="entry-time" dateTime={iso} title={clock.exactTime(time)}>
        {crowded ? clock.timeWithSeconds(time) : clock.time(time)}
        {gap !== null && gap >= 1000 && (
          <span class="entry-gap" title="after the entry before">
            +{formatDuration(gap)}
          </span>
        )}
      </time>
      <span class="entry-dot" aria-hidden="true" />
      <div class="entry-text">
        {mark && <div class="entry-mark">{mark}</div>}
        <div class="entry-head">
          <span class="entry-title">{spelledOut(title)}</span>
          {aside && <span class="entry-aside">{aside}</span>}
        </div>
        {body && <div class="entry-body">{body}</div>}
      </div>
    </div>
  );
}
