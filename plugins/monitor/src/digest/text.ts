import { formatBytes, formatDuration, formatTime, plural, printableName } from '@om-ops/kit/text';
import type { DigestContent } from './content.ts';
import type { Period } from './period.ts';

const mostListed = 10;

const words = { daily: 'Day', weekly: 'Week', monthly: 'Month' } as const;

/** `Day 2026-11-24: 3 alerts, 1 open; 4 backups; 12 runs, 1 failed`. */
export function digestSubject({ kind, key }: Period, content: DigestContent): string {
  const { alerts, operations, backups } = content;
  const parts = [
    alerts.watched || alerts.raised > 0
      ? `${plural(alerts.raised, 'alert')}${alerts.open === 0 ? '' : `, ${alerts.open} open`}`
      : 'not watched',
    ...(backups === null ? [] : [plural(backups.made, 'backup')]),
    `${plural(operations.runs, 'run')}${operations.failed === 0 ? '' : `, ${operations.failed} failed`}`,
  ];
  return `${words[kind]} ${key}: ${parts.join('; ')}`;
}

export function digestBody(content: DigestContent): string {
  return [
    section('Alerts', alertLines(content.alerts)),
    section('Backups', backupLines(content.backups)),
    section('Work', sessionLines(content.sessions)),
    section('Commands', operationLines(content.operations)),
    ...(content.left.length === 0 ? [] : [section('Not known', content.left)]),
  ].join('\n\n');
}

function section(title: string, lines: readonly string[]): string {
  const more = lines.length - mostListed;
  const shown = more > 1 ? [...lines.slice(0, mostListed), `and ${more} more`] : lines;
  return [title, ...shown.map((line) => `  ${line}`)].join('\n');
}

function alertLines({ watched, blind, list }: DigestContent['alerts']): string[] {
  const gaps = blind.map(
    ({ until, ms }) => `Nobody looked for ${formatDuration(ms)} before ${formatTime(until)}.`,
  );
  if (list.length === 0)
    return watched
      ? ['None was raised.', ...gaps]
      : ['Nobody looked at the site in this time, so none could be raised.'];
  return [
    ...list.map(({ id, level, title, since, resolvedAt }) => {
      const lasted =
        resolvedAt === null
          ? 'still open'
          : `lasted ${formatDuration(Date.parse(resolvedAt) - Date.parse(since))}`;
      return `${formatTime(since)} ${level}: ${printableName(title)}, ${lasted} (${id})`;
    }),
    ...gaps,
  ];
}

function backupLines(backups: DigestContent['backups']): string[] {
  if (backups === null) return ['Not known.'];
  if (backups.made === 0) return ['None was made.'];
  const { made, bytes, notComplete } = backups;
  return [
    `${plural(made, 'backup')} made, ${formatBytes(bytes)}.`,
    ...notComplete.map((one) => `Not complete: ${one}`),
  ];
}

function sessionLines(sessions: DigestContent['sessions']): string[] {
  if (sessions.length === 0) return ['No session of work.'];
  return sessions.map(({ title, outcome, summary }) => {
    const end = outcome === null ? '' : ` (${outcome})`;
    return `${printableName(title)}${end}${summary === null ? '' : `: ${printableName(summary)}`}`;
  });
}

function operationLines({ runs, failed, commands }: DigestContent['operations']): string[] {
  if (runs === 0) return ['None was run.'];
  const bad = commands.filter((one) => one.failed > 0);
  return [
    `${plural(runs, 'run')}, ${failed === 0 ? 'none' : failed} failed.`,
    ...bad.map(({ command, runs: all, failed: some }) => {
      const name = `om-ops ${command.replaceAll(':', ' ')}`;
      return `${printableName(name)} failed ${some} of ${plural(all, 'time')}`;
    }),
  ];
}
