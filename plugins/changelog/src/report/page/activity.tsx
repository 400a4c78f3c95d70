import {
  type Bar,
  Bars,
  type Clock,
  Columns,
  formatCount,
  Section,
  type SeriesPoint,
  TimeSeries,
  useClock,
  Visible,
} from '@om-ops/kit/page';
import { useMemo } from 'preact/hooks';
import type { ChangelogReport } from '../types.ts';
import { type Entries, tally, typeLabel } from './model.ts';

/** When and on what the work was done. */
export function ActivityTab({ report, entries }: { report: ChangelogReport; entries: Entries }) {
  const clock = useClock();
  const { made, started, unit } = useMemo(
    () => perPeriod(report, entries, clock),
    [report, entries],
  );
  const isPart = report.embedded.entries < report.totals.entries;
  const part = isPart && `Of the ${formatCount(report.embedded.entries)} entries in this page.`;
  return (
    <>
      <Columns wide>
        <TimeSeries
          title={`Entries a ${unit}`}
          about={isPart && 'Entries that are not in this page count when their session started.'}
          series={[{ id: 'entries', name: 'Entries', points: made }]}
          unit="count"
          kind="bars"
          height={220}
        />
        <TimeSeries
          title={`Sessions started a ${unit}`}
          series={[{ id: 'sessions', name: 'Sessions', points: started }]}
          unit="count"
          kind="bars"
          height={220}
        />
      </Columns>
      <Columns>
        <Section heading="Entries by type" about={part} sheet>
          <Bars
            label="Entries by type"
            unit="count"
            items={countBars(entries.type, report.types, typeLabel)}
          />
        </Section>
        <Section heading="Entries by actor" about={part} sheet>
          <Bars
            label="Entries by actor"
            unit="count"
            items={countBars(entries.actor, report.actors)}
          />
        </Section>
      </Columns>
      <Columns>
        <Section heading="Sessions by scope" sheet>
          <Bars
            label="Sessions by scope"
            unit="count"
            items={bars(report.sessions.map(({ scope }) => scope))}
          />
        </Section>
        <Section heading="Sessions by tag" sheet>
          <TagBars report={report} />
        </Section>
      </Columns>
    </>
  );
}

const tagsShown = 12;

function TagBars({ report }: { report: ChangelogReport }) {
  const items = bars(report.sessions.flatMap(({ tags }) => tags));
  if (items.length === 0) return <p class="about">No session has a tag.</p>;
  return (
    <>
      <Bars
        label="Sessions by tag"
        unit="count"
        items={items.slice(0, tagsShown)}
        total={report.sessions.length}
      />
      {items.length > tagsShown && <p class="note">And {items.length - tagsShown} more tags.</p>}
    </>
  );
}

function bars(values: readonly string[]): Bar[] {
  return tally(values.filter((value) => value !== '')).map(([value, count]) => ({
    id: value,
    label: <Visible text={value} />,
    value: count,
  }));
}

function countBars(
  places: Uint8Array,
  names: readonly string[],
  label: (name: string) => string = (name) => name,
): Bar[] {
  const counts = new Uint32Array(names.length);
  for (const place of places) counts[place] = (counts[place] ?? 0) + 1;
  return names
    .map((name, at) => ({
      id: name,
      label: <Visible text={label(name)} />,
      value: counts[at] ?? 0,
    }))
    .sort((one, other) => other.value - one.value);
}

/** More days than this are drawn as weeks. */
const mostDays = 120;
const dayMs = 86_400_000;

/** How many entries were made and sessions started in every day or week, also in those without any. */
function perPeriod(report: ChangelogReport, entries: Entries, clock: Clock) {
  const sessions = report.sessions.filter(({ startedAt }) => startedAt > 0);
  const ends = [
    ...sessions.map(({ startedAt }) => startedAt),
    ...entries.time.filter((at) => at > 0),
  ];
  const oldest = ends.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY);
  const newest = ends.reduce((one, other) => Math.max(one, other), 0);
  if (newest === 0) return { made: [], started: [], unit: 'day' };
  const step = (newest - oldest) / dayMs > mostDays ? 7 : 1;
  const edges: number[] = [];
  let day = Date.parse(`${clock.day(oldest)}T00:00:00Z`);
  do {
    edges.push(clock.startOfDay(new Date(day).toISOString().slice(0, 10)));
    day += step * dayMs;
  } while ((edges.at(-1) ?? 0) <= newest);
  const made = new Float64Array(edges.length - 1);
  const started = new Float64Array(edges.length - 1);
  const count = (counts: Float64Array, time: number, by: number): void => {
    const period = periodOf(edges, time);
    if (period in counts) counts[period] = (counts[period] ?? 0) + by;
  };
  for (const time of entries.time) count(made, time, 1);
  for (const { startedAt, entries: all, shown } of sessions) {
    count(started, startedAt, 1);
    count(made, startedAt, Math.max(0, all - shown));
  }
  const points = (counts: Float64Array): SeriesPoint[] =>
    Array.from(counts, (value, at) => ({ time: edges[at] ?? 0, value }));
  return { made: points(made), started: points(started), unit: step === 1 ? 'day' : 'week' };
}

function periodOf(edges: readonly number[], time: number): number {
  let low = -1;
  let high = edges.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((edges[middle] ?? 0) <= time) low = middle;
    else high = middle;
  }
  return low;
}
