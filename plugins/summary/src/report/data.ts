import { join } from 'node:path';
import type { PanelHistory } from '@om-ops/kit';
import { valueText } from '../changes.ts';
import { rankOf } from '../level.ts';
import type { Summary, SummaryPanel, TimelineLane } from '../summary.ts';
import type { ReportPanel, SummaryReport } from './types.ts';

/** How much of each goes into the page; the rest stays in summary.json and is counted. */
export const reportLimits = {
  panels: 60,
  attention: 40,
  changes: 60,
  lanes: 60,
  spans: 1500,
  events: 120,
  points: 80,
  notes: 6,
  facts: 8,
  text: 500,
};

type Limits = typeof reportLimits;

export function reportData(summary: Summary, state: string, limits = reportLimits): SummaryReport {
  const { panels, attention, changes, timeline } = summary;
  const worstFirst = panels.toSorted((one, other) => rankOf(one.state) - rankOf(other.state));
  const lanes = lanesWithin(timeline.lanes, limits);
  const spans = (all: readonly TimelineLane[]) =>
    all.reduce((sum, lane) => sum + lane.spans.length, 0);
  const events = timeline.events.slice(-limits.events);
  return {
    ...summary,
    panels: worstFirst.slice(0, limits.panels).map((panel) => reportPanel(panel, limits)),
    attention: attention.slice(0, limits.attention).map((item) => ({
      ...item,
      text: shortened(item.text, limits),
      details: item.details.slice(0, limits.notes).map((text) => shortened(text, limits)),
    })),
    changes: changes.slice(0, limits.changes).map(({ href, ...change }) => ({
      ...change,
      text: shortened(change.text, limits),
      href: beside(href),
    })),
    timeline: {
      ...timeline,
      lanes,
      events: events.map(({ href, ...event }) => ({
        ...event,
        text: shortened(event.text, limits),
        href: beside(href),
      })),
      eventsLeftOut: timeline.eventsLeftOut + timeline.events.length - events.length,
    },
    folder: join(state, 'summary'),
    leftOut: {
      panels: Math.max(0, panels.length - limits.panels),
      attention: Math.max(0, attention.length - limits.attention),
      changes: Math.max(0, changes.length - limits.changes),
      spans: spans(timeline.lanes) - spans(lanes),
    },
  };
}

/** From below STATE to beside the page, which lies in STATE/summary. */
function beside(href: string | null | undefined): string | null {
  return href === null || href === undefined ? null : `../${href}`;
}

function shortened(text: string, { text: most }: Limits): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

function reportPanel(panel: SummaryPanel, limits: Limits): ReportPanel {
  const { topic, title, state, facts, notes, since, command, runbook, failure, page } = panel;
  return {
    ...{ topic, title, state, since },
    facts: facts
      .slice(0, limits.facts)
      .map((fact) => ({ ...fact, value: shortened(fact.value, limits) })),
    notes: notes.slice(0, limits.notes).map((text) => shortened(text, limits)),
    ...(command === undefined ? {} : { command }),
    ...(runbook === undefined ? {} : { runbook }),
    ...(failure === undefined ? {} : { failure }),
    href: beside(panel.href ?? page),
    history: panel.history === undefined ? null : historyOf(panel.history, panel, limits),
  };
}

function historyOf(
  { label, unit, points }: PanelHistory,
  { threshold }: SummaryPanel,
  { points: most }: Limits,
): ReportPanel['history'] {
  const known = points.flatMap(({ value }) => value ?? []);
  const [first, last] = [points[0], points.at(-1)];
  if (known.length < 2 || first === undefined || last === undefined) return null;
  const text = (value: number) => valueText(value, unit);
  return {
    label,
    from: first.at,
    to: last.at,
    values: evenly(points, most),
    threshold: threshold ?? null,
    least: text(Math.min(...known)),
    most: text(Math.max(...known)),
    last: text(known.at(-1) ?? 0),
  };
}

/** At most so many, the highest of each stretch, so that no peak is lost. */
function evenly(points: PanelHistory['points'], most: number): (number | null)[] {
  const step = points.length / Math.min(points.length, most);
  return Array.from({ length: Math.min(points.length, most) }, (_, at) => {
    const some = points.slice(Math.floor(at * step), Math.floor((at + 1) * step));
    const known = some.flatMap(({ value }) => value ?? []);
    return known.length === 0 ? null : rounded(Math.max(...known));
  });
}

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}

function lanesWithin(lanes: readonly TimelineLane[], limits: Limits): TimelineLane[] {
  const each = Math.max(
    20,
    Math.floor(limits.spans / Math.max(1, Math.min(lanes.length, limits.lanes))),
  );
  return lanes.slice(0, limits.lanes).map((lane) => ({ ...lane, spans: merged(lane.spans, each) }));
}

/** At most so many: the shortest two neighbours become one, as bad as the worse of them. */
function merged(spans: TimelineLane['spans'], most: number): TimelineLane['spans'] {
  const all = spans.map((span) => ({ ...span }));
  while (all.length > most) {
    let at = 0;
    let shortest = Number.POSITIVE_INFINITY;
    for (let index = 0; index < all.length - 1; index++) {
      const length = Date.parse(all[index + 1]!.to) - Date.parse(all[index]!.from);
      if (length < shortest) [shortest, at] = [length, index];
    }
    const [one, other] = [all[at]!, all[at + 1]!];
    const worse = rankOf(one.level) <= rankOf(other.level) ? one.level : other.level;
    all.splice(at, 2, { from: one.from, to: other.to, level: worse });
  }
  return all;
}
