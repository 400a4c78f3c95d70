import { join } from 'node:path';
import { systemCode } from '../errors.ts';
import { readSmallFile } from '../site/small-file.ts';
import { isState, type State } from './state.ts';

/**
 * What a plugin that watches the site has kept, for those that show it: the summary, the dashboard, the
 * menu. Nothing is probed to answer; all of it is what was seen, with its time.
 */
export interface WatchRecord {
  /** Those not resolved, the worst first, then the newest. */
  alerts(): Promise<readonly OpenAlert[]>;
  /** How each check was through a time, one lane each, the worst first. */
  lanes(range: TimeRange): Promise<readonly Lane[]>;
  /** The values of one series, at most `points` of them, each over an equal part of the time. */
  series(name: string, range: TimeRange & { points: number }): Promise<readonly SeriesPoint[]>;
}

export interface TimeRange {
  since: Date;
  until: Date;
}

export interface OpenAlert {
  id: string;
  /** What it is of: `disk:/`. */
  key: string;
  title: string;
  level: Exclude<State, 'healthy' | 'off'>;
  /** One sentence, with the number and its threshold. */
  text: string;
  /** ISO 8601 with offset. */
  since: string;
  acknowledged: { by: string; until: string | null; note: string | null } | null;
  silencedUntil: string | null;
  /** The key of the alert that it waits for. */
  heldBy: string | null;
  /** The name of its runbook. */
  runbook: string | null;
  /** The command line that shows or mends it: `om-ops pm2 logs --err`. */
  command: string | null;
}

/** Where no span is, nobody watched. */
export interface Lane {
  /** `pm2.backend`. */
  check: string;
  title: string;
  /** In order, apart from each other, within the range; ISO 8601 with offset. */
  spans: readonly { from: string; to: string; level: State }[];
}

/** `mean` is null where nothing was measured. */
export interface SeriesPoint {
  at: string;
  min: number | null;
  mean: number | null;
  max: number | null;
}

/** The last pass over the checks. */
export interface Heartbeat {
  /** When it ended; ISO 8601 with offset. */
  at: string;
  /** /proc/sys/kernel/random/boot_id of the machine's start it belongs to. */
  bootId: string;
  durationMs: number;
  /** How long until the next is due. */
  everyMs: number;
  level: State;
  /** How many checks are so. */
  counts: Record<State, number>;
}

export type FoundHeartbeat = Heartbeat & {
  ageMs: number /** Older than three intervals: what it says is unknown now. */;
  stale: boolean;
};

/** `STATE/monitor/heartbeat.json`. */
export function heartbeatPath(state: string): string {
  return join(state, 'monitor', 'heartbeat.json');
}

/**
 * What the last pass said and how old that is; null when there was none, or the file is not one of ours.
 *
 * @throws the system's error, for a file that may not be read
 */
export function readHeartbeat(state: string, now: Date): FoundHeartbeat | null {
  let text: string;
  try {
    text = readSmallFile(heartbeatPath(state), 'heartbeat');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
  const beat = parsed(text);
  if (beat === null) return null;
  const ageMs = now.getTime() - Date.parse(beat.at);
  // A time in the future comes of a clock that was set, and says as little.
  return { ...beat, ageMs, stale: ageMs > 3 * beat.everyMs || ageMs < -beat.everyMs };
}

function parsed(text: string): Heartbeat | null {
  let value: Partial<Heartbeat> | null;
  try {
    value = JSON.parse(text) as Partial<Heartbeat> | null;
  } catch {
    return null;
  }
  const whole =
    typeof value?.at === 'string' &&
    !Number.isNaN(Date.parse(value.at)) &&
    typeof value.everyMs === 'number' &&
    value.everyMs > 0 &&
    isState(value.level);
  return whole ? ({ bootId: '', durationMs: 0, counts: {}, ...value } as Heartbeat) : null;
}
