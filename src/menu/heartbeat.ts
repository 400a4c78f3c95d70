import { readFileSync } from 'node:fs';
import { type FoundHeartbeat, heartbeatPath, mayBeThere, readHeartbeat } from '@om-ops/kit';
import { formatAge, plural } from '@om-ops/kit/text';

export type HeadLevel = 'healthy' | 'warning' | 'critical' | 'unknown';

/** How the site stands by the last pass of the monitor, in words. */
export interface Watched {
  level: HeadLevel;
  text: string;
}

/** Two clocks differ by so much. */
const skewMs = 5000;

/** Reads one small file; starts and asks nothing. */
export function watched(state: string, now: Date): Watched {
  const beat = heartbeat(state, now);
  if (beat === 'absent') return { level: 'unknown', text: 'nothing watches this site' };
  if (beat === 'unreadable')
    return { level: 'unknown', text: 'state unknown: the last check cannot be read' };
  if (beat.ageMs < -skewMs)
    return { level: 'unknown', text: 'state unknown: the last check is dated in the future' };
  const when = `checked ${formatAge(beat.ageMs)} ago`;
  if (beat.bootId !== '' && beat.bootId !== bootId())
    return { level: 'unknown', text: `state unknown since the machine started · last ${when}` };
  if (beat.stale) return { level: 'unknown', text: `state unknown · last ${when}` };
  const level = beat.level === 'off' ? 'unknown' : beat.level;
  return { level, text: `${countsText(level, beat.counts)} · ${when}` };
}

function countsText(level: HeadLevel, counts: Partial<FoundHeartbeat['counts']>): string {
  const { critical = 0, warning = 0, unknown = 0 } = counts;
  const parts = [
    ...(critical > 0 ? [`${critical} critical`] : []),
    ...(warning > 0 ? [plural(warning, 'warning')] : []),
    ...(unknown > 0 ? [`${unknown} unknown`] : []),
  ];
  return parts.length > 0 ? parts.join(', ') : level === 'healthy' ? 'all healthy' : level;
}

function heartbeat(state: string, now: Date): FoundHeartbeat | 'absent' | 'unreadable' {
  try {
    const beat = readHeartbeat(state, now);
    if (beat !== null) return beat;
    return mayBeThere(heartbeatPath(state)) ? 'unreadable' : 'absent';
  } catch {
    return 'unreadable';
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
