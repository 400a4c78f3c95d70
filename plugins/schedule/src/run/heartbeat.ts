import { readFileSync, statSync, utimesSync } from 'node:fs';
import { fromSystemError, makeStateFolder, systemCode, writeFileAtomicSync } from '@om-ops/kit';
import type { SchedulePlaces } from '../folder.ts';

/** Where the tick runs. */
export interface TickPlace {
  zone: string;
  by: string;
  version: string;
}

export interface LastTick extends Partial<TickPlace> {
  at: Date;
  ageMs: number;
  /** It came within the last three minutes, of which it should come in each. */
  alive: boolean;
}

const patienceMs = 3 * 60_000;

/** Notes down that the tick came. @throws OpsError E_DISK_FULL, E_PERMISSION */
export function noteTick({ folder, tick }: SchedulePlaces, place: TickPlace, now: Date): void {
  makeStateFolder(folder);
  writeFileAtomicSync(tick, `${JSON.stringify(place)}\n`);
  utimesSync(tick, now, now);
}

/** When the tick came last; null when it never did. @throws OpsError E_PERMISSION */
export function lastTick({ tick }: SchedulePlaces, now: Date): LastTick | null {
  try {
    const at = statSync(tick).mtime;
    const ageMs = now.getTime() - at.getTime();
    const place = placeIn(readFileSync(tick, 'utf8'));
    return { ...place, at, ageMs, alive: ageMs <= patienceMs && ageMs > -patienceMs };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw fromSystemError(error, 'read', tick);
  }
}

function placeIn(text: string): Partial<TickPlace> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
