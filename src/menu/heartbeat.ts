import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '@om-ops/kit';
import { formatAge, plural } from '@om-ops/kit/text';

export type HeadLevel = 'healthy' | 'warning' | 'critical' | 'unknown';

/** How the site stands by the last pass of the monitor, in words. */
export interface Watched {
  level: HeadLevel;
  text: string;
}

/** `STATE/monitor/heartbeat.json`, as the monitor writes it after each pass. */
interface Heartbeat {
  at: number;
  nextAt: number;
  bootId: string;
  level: string;
  counts: Partial<Record<string, number>>;
}

/** A pass that is this many intervals old says nothing of now. */
const intervals = 3;
/** Two clocks, or one that was set, differ by so much. */
const skewMs = 5000;

/** Reads one small file; starts and asks nothing. */
export function watched(state: string, now: Date): Watched {
  const beat = readHeartbeat(state);
  if (beat === 'absent') return { level: 'unknown', text: 'nothing watches this site' };
  if (beat === 'unreadable')
    return { level: 'unknown', text: 'state unknown: the last check cannot be read' };
  const age = now.getTime() - beat.at;
  const when = `last checked ${formatAge(age)} ago`;
  if (age < -skewMs)
    return { level: 'unknown', text: 'state unknown: the last check is dated in the future' };
  if (beat.bootId !== '' && beat.bootId !== bootId())
    return { level: 'unknown', text: `state unknown since the machine started · ${when}` };
  if (age > intervals * Math.max(1000, beat.nextAt - beat.at))
    return { level: 'unknown', text: `state unknown · ${when}` };
  const level = levelOf(beat.level);
  return {
    level,
    text: `${countsText(level, beat.counts)} · checked ${formatAge(age)} ago`,
  };
}

function countsText(level: HeadLevel, counts: Heartbeat['counts']): string {
  const { critical = 0, warning = 0, unknown = 0 } = counts;
  const parts = [
    ...(critical > 0 ? [`${critical} critical`] : []),
    ...(warning > 0 ? [plural(warning, 'warning')] : []),
    ...(unknown > 0 ? [`${unknown} unknown`] : []),
  ];
  return parts.length > 0 ? parts.join(', ') : level === 'healthy' ? 'all healthy' : level;
}

function levelOf(level: string): HeadLevel {
  return level === 'healthy' || level === 'warning' || level === 'critical' ? level : 'unknown';
}

function readHeartbeat(state: string): Heartbeat | 'absent' | 'unreadable' {
  try {
    const read: unknown = JSON.parse(readFileSync(join(state, 'monitor/heartbeat.json'), 'utf8'));
    const { at, nextAt, bootId, level, counts } = read as Record<string, unknown>;
    const times = [timeOf(at), timeOf(nextAt)] as const;
    if (Number.isNaN(times[0]) || typeof level !== 'string') return 'unreadable';
    return {
      at: times[0],
      nextAt: Number.isNaN(times[1]) ? times[0] : times[1],
      bootId: typeof bootId === 'string' ? bootId : '',
      level,
      counts: typeof counts === 'object' && counts !== null ? numbersIn(counts) : {},
    };
  } catch (error) {
    return systemCode(error) === 'ENOENT' ? 'absent' : 'unreadable';
  }
}

function timeOf(value: unknown): number {
  return typeof value === 'number'
    ? value
    : typeof value === 'string'
      ? Date.parse(value)
      : Number.NaN;
}

function numbersIn(counts: object): Heartbeat['counts'] {
  return Object.fromEntries(
    Object.entries(counts).filter((one): one is [string, number] => Number.isSafeInteger(one[1])),
  );
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
