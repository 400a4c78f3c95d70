import {
  type BackupRecord,
  type Metric,
  type MilestoneRecord,
  noteOf,
  type OpenAlert,
} from '@om-ops/kit';
import { formatBytes, formatCount, formatDuration, plural } from '@om-ops/kit/text';
import { rankOf } from './level.ts';
import type { KeptSummary } from './runs.ts';
import type { SummaryChange, SummaryPanel } from './summary.ts';

export interface ChangedSince {
  before: KeptSummary;
  panels: readonly SummaryPanel[];
  alerts: readonly OpenAlert[];
  backups: readonly BackupRecord[];
  milestones: readonly MilestoneRecord[];
}

/** What differs from a run before, and nothing else. */
export function changesSince(now: ChangedSince): SummaryChange[] {
  const { before, panels } = now;
  return [
    ...panels.flatMap((panel) => stateChange(before, panel)),
    ...gone(before, panels),
    ...alertChanges(now),
    ...backupChanges(now),
    ...milestoneChanges(now),
    ...panels.flatMap((panel) => metricChanges(before, panel)),
  ];
}

function stateChange(before: KeptSummary, panel: SummaryPanel): SummaryChange[] {
  const { topic, title, state, page } = panel;
  const then = before.panels.find((each) => each.topic === topic);
  if (then?.state === state) return [];
  const change = { kind: 'state' as const, key: topic, href: page ?? null };
  if (then === undefined)
    return [{ ...change, mark: 'new', text: `${title}: ${state}`, tone: 'neutral' }];
  const isOff = state === 'off' || then.state === 'off';
  const worse = rankOf(state) < rankOf(then.state);
  return [
    {
      ...change,
      mark: isOff ? state : worse ? 'worse' : 'better',
      text: `${title}: ${state}, was ${then.state}`,
      tone: isOff ? 'neutral' : worse ? 'bad' : 'good',
    },
  ];
}

function gone(before: KeptSummary, panels: readonly SummaryPanel[]): SummaryChange[] {
  return before.panels
    .filter(({ topic }) => !panels.some((panel) => panel.topic === topic))
    .map(({ topic, title }) => ({
      ...{ kind: 'state', key: topic, mark: 'gone', href: null, tone: 'neutral' },
      text: `${title} is not told of any more`,
    }));
}

function alertChanges({ before, alerts }: ChangedSince): SummaryChange[] {
  const open = before.attention.flatMap(({ alert, text }) =>
    alert === null ? [] : [{ id: alert, text }],
  );
  const come = alerts.filter(({ id }) => !open.some((each) => each.id === id));
  const over = open.filter(({ id }) => !alerts.some((alert) => alert.id === id));
  const change = { kind: 'alert' as const, href: null };
  return [
    ...come.map(({ id, level, text }) => ({
      ...{ ...change, key: id, mark: 'new', tone: 'bad' as const },
      text: `${level}: ${noteOf(text).text}`,
    })),
    ...over.map(({ id, text }) => ({
      ...{ ...change, key: id, mark: 'over', tone: 'good' as const },
      text: `No longer so: ${text}`,
    })),
  ];
}

function backupChanges({ before, backups }: ChangedSince): SummaryChange[] {
  const since = backups.filter(({ at }) => Date.parse(at) > Date.parse(before.at));
  const failed = since.filter(({ state }) => state === 'failed');
  const made = since.length - failed.length;
  const change = { kind: 'backup' as const, key: 'backup', href: null };
  return [
    ...(made > 0
      ? [
          {
            ...{ ...change, mark: `+${formatCount(made)}`, tone: 'good' as const },
            text: `${made === 1 ? 'backup' : 'backups'} of ${names(since.filter(({ state }) => state !== 'failed'))}`,
          },
        ]
      : []),
    ...(failed.length > 0
      ? [
          {
            ...{ ...change, mark: formatCount(failed.length), tone: 'bad' as const },
            text: `${failed.length === 1 ? 'backup' : 'backups'} failed: ${names(failed)}`,
          },
        ]
      : []),
  ];
}

function names(records: readonly BackupRecord[]): string {
  return [...new Set(records.map(({ of }) => of))].join(', ');
}

function milestoneChanges({ before, milestones }: ChangedSince): SummaryChange[] {
  const since = Date.parse(before.at);
  return milestones
    .filter(({ completedAt }) => completedAt !== null && Date.parse(completedAt) > since)
    .map(({ id, title, href }) => ({
      ...{ kind: 'milestone', key: id, mark: 'done', tone: 'good', href },
      text: `milestone “${title}”`,
    }));
}

function metricChanges(before: KeptSummary, panel: SummaryPanel): SummaryChange[] {
  const then = before.panels.find(({ topic }) => topic === panel.topic);
  // What comes into use, or goes out of it, is told as that.
  if (then?.state === 'off' || panel.state === 'off') return [];
  return panel.metrics.flatMap((metric): SummaryChange[] => {
    const value = then?.metrics.find(({ key }) => key === metric.key)?.value ?? null;
    if (value === null || metric.value === null) return [];
    const by = metric.value - value;
    if (!isNews(metric, value, by)) return [];
    const { welcome } = metric;
    const isWelcome = welcome === undefined ? undefined : (welcome === 'up') === by > 0;
    return [
      {
        kind: 'metric',
        key: `${panel.topic}.${metric.key}`,
        mark: changeText(by, metric.unit),
        text: `${panel.title}: ${metric.label.toLowerCase() === panel.title.toLowerCase() ? 'in all' : metric.label}, now ${valueText(metric.value, metric.unit)}`,
        tone: isWelcome === undefined ? 'neutral' : isWelcome ? 'good' : 'bad',
        href: panel.page ?? null,
      },
    ];
  });
}

const noticeableBytes = 1_000_000;

/** What grows by itself, an age or an uptime, is news only when it goes the other way. */
function isNews({ unit, welcome }: Metric, before: number, by: number): boolean {
  if (by === 0) return false;
  const part = before === 0 ? 1 : Math.abs(by / before);
  if (unit === 'days') return false;
  if (unit === 'ms') return welcome === 'up' ? by < 0 : part >= 0.5;
  if (unit === 'percent') return Math.abs(by) >= 5;
  if (unit === 'bytes') return Math.abs(by) >= noticeableBytes && part >= 0.01;
  if (unit === 'count') return Math.abs(before) < 1000 || part >= 0.01;
  return part >= 0.5;
}

function changeText(by: number, unit: Metric['unit']): string {
  const text = valueText(Math.abs(by), unit);
  return `${by > 0 ? '+' : '−'}${text}`;
}

/** `412 MB`, `87 %`, `38 ms`. */
export function valueText(value: number, unit: Metric['unit']): string {
  const rounded = (digits: number) => Math.round(value * 10 ** digits) / 10 ** digits;
  switch (unit) {
    case 'bytes':
      return formatBytes(value);
    case 'bytes/s':
      return `${formatBytes(value)}/s`;
    case 'percent':
      return `${rounded(value < 10 ? 1 : 0)} %`;
    case 'ms':
      return formatDuration(value);
    case 'days':
      return plural(rounded(value < 10 ? 1 : 0), 'day');
    case 'count/s':
      return `${rounded(1)}/s`;
    default:
      return formatCount(rounded(2));
  }
}
