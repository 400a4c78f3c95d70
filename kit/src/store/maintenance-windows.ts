import { join } from 'node:path';
import { readJsonLines } from './jsonl.ts';

/** A time in which work is under way: what is seen of the site then is no surprise. Times are ISO 8601 with offset. */
export interface MaintenanceWindow {
  id: string;
  startedAt: string;
  /** When it ends by itself. */
  until: string;
  /** When somebody ended it; null: nobody did, and `until` counts. */
  endedAt: string | null;
  reason: string | null;
  by: string;
}

/** A line of {@link maintenanceWindowsPath}: a window that begins, or the end of one. */
export type MaintenanceWindowLine =
  | (Omit<MaintenanceWindow, 'endedAt'> & { endedAt?: undefined })
  | { id: string; endedAt: string; by: string };

/** `STATE/schedule/windows.jsonl`, written by `maintain window`. */
export function maintenanceWindowsPath(state: string): string {
  return join(state, 'schedule', 'windows.jsonl');
}

/**
 * All maintenance windows, the newest last; none where there was never one.
 *
 * @throws OpsError E_PERMISSION, E_IO
 */
export async function readMaintenanceWindows(state: string): Promise<MaintenanceWindow[]> {
  const windows = new Map<string, MaintenanceWindow>();
  for await (const line of readJsonLines(maintenanceWindowsPath(state))) {
    if (line.problem !== undefined || !isLine(line.value)) continue;
    const { value } = line;
    if (value.endedAt === undefined) windows.set(value.id, { ...value, endedAt: null });
    else {
      const begun = windows.get(value.id);
      if (begun !== undefined) begun.endedAt ??= value.endedAt;
    }
  }
  return [...windows.values()];
}

/** When a window ended, or will. */
export function maintenanceWindowEnd({
  until,
  endedAt,
}: Pick<MaintenanceWindow, 'until' | 'endedAt'>): Date {
  const planned = new Date(until);
  const ended = endedAt === null ? planned : new Date(endedAt);
  return ended < planned ? ended : planned;
}

/** The windows that are open at a moment; several people may work at once. @throws as {@link readMaintenanceWindows} */
export async function openMaintenanceWindows(
  state: string,
  now: Date,
): Promise<MaintenanceWindow[]> {
  return (await readMaintenanceWindows(state)).filter(
    (window) => new Date(window.startedAt) <= now && now < maintenanceWindowEnd(window),
  );
}

const isTime = (value: unknown): boolean =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value));

function isLine(value: unknown): value is MaintenanceWindowLine {
  if (typeof value !== 'object' || value === null) return false;
  const { id, startedAt, until, endedAt } = value as Partial<Record<string, unknown>>;
  if (typeof id !== 'string') return false;
  return endedAt === undefined ? isTime(startedAt) && isTime(until) : isTime(endedAt);
}
