import { formatDuration, formatTime, plural, printableName } from '@om-ops/kit/text';
import type { Line, LineKind } from '../rules/alert.ts';
import { rankOf } from '../rules/pass.ts';
import type { Message } from './message.ts';

/** More lines than this are counted, and not told one by one. */
const mostLines = 20;
/** What comes later than this says when it happened. */
const lateMs = 2 * 60_000;

const words: Readonly<Record<LineKind, string>> = {
  fired: '',
  raised: '',
  reopened: 'AGAIN',
  reminder: 'STILL',
  flapping: 'FLAPPING',
  settled: 'SETTLED',
  resolved: 'RESOLVED',
  passed: 'WAS',
  blind: '',
};

export interface Composed {
  subject: string;
  body: string;
  /** What machines read: the same, in parts. */
  json: Record<string, unknown>;
}

export interface Sender {
  /** The site's name. */
  site: string;
  host: string;
}

/** What a message reads like now. */
export function composed(message: Message, { site, host }: Sender, now: Date): Composed {
  const shown = message.lines.slice(0, mostLines);
  const more = message.lines.length - shown.length;
  const late = now.getTime() - Date.parse(message.createdAt) > lateMs;
  const subject = `[${site}] ${message.text?.subject ?? subjectOf(message.lines)}`;
  const lines = shown.flatMap((line) => [lineText(line, late), ...detailsOf(line)]);
  const body = [
    ...(message.text === null ? [] : [message.text.body]),
    ...(lines.length === 0 ? [] : [lines.join('\n')]),
    ...(more === 0 ? [] : [`and ${plural(more, 'more', 'more')}: om-ops alert list`]),
    `-- om-ops on ${host}, message ${message.id}${late ? `, written ${formatTime(message.createdAt)}` : ''}`,
  ].join('\n\n');
  return {
    subject,
    body,
    json: {
      ...{ version: 1, id: message.id, kind: message.kind, site, host, level: message.level },
      ...{ at: message.createdAt, late, subject, text: body, lines: shown, more },
    },
  };
}

const isOver = ({ kind }: Line) => kind === 'resolved' || kind === 'settled' || kind === 'passed';

function subjectOf(lines: readonly Line[]): string {
  const bad = lines.filter((line) => !isOver(line));
  const [first] = bad.length > 0 ? bad : lines;
  if (first === undefined) return 'nothing';
  const rest = lines.length - 1;
  const more = rest === 0 ? '' : ` and ${rest} more`;
  return `${wordOf(first)} ${printableName(first.title)}${more}`;
}

/** `CRITICAL`, `STILL WARNING`, `RESOLVED`. */
function wordOf(line: Line): string {
  const word = words[line.kind];
  const level = line.level.toUpperCase();
  if (word === '') return level;
  return isOver(line) ? word : `${word} ${level}`;
}

function lineText(line: Line, late: boolean): string {
  const holds =
    line.holds === 0
      ? ''
      : ` ${plural(line.holds, 'other check hangs', 'other checks hang')} on it.`;
  const lasted = Date.parse(line.at) - Date.parse(line.since);
  const since =
    lasted < 1000 || line.kind === 'blind'
      ? ''
      : isOver(line)
        ? ` It had lasted ${formatDuration(lasted)}.`
        : ` Since ${formatTime(line.since)}.`;
  const happened = late ? ` (happened at ${formatTime(line.at)})` : '';
  return `${wordOf(line)}: ${printableName(line.text)}${since}${holds}${happened}`;
}

function detailsOf(line: Line): string[] {
  if (isOver(line)) return [];
  const { command, runbook, alert } = line;
  const parts = [
    ...(command === null ? [] : [command]),
    ...(runbook === null ? [] : [`runbook: ${runbook}`]),
    ...(alert === null ? [] : [`take it: om-ops alert ack ${alert}`]),
  ];
  return parts.map((part) => `    ${printableName(part)}`);
}

/** The worst level of some lines. */
export function worstLevel(lines: readonly Line[]): Line['level'] {
  return lines.some(({ level }) => rankOf(level) === 2) ? 'critical' : 'warning';
}
