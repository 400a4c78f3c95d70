import type { MaintenanceWindow } from '@om-ops/kit';

/** The next name: `w-1`, `w-2`. */
export function newWindowId(windows: readonly MaintenanceWindow[]): string {
  const numbers = windows.map(({ id }) => Number(/^w-(\d+)$/.exec(id)?.[1] ?? 0));
  return `w-${Math.max(0, ...numbers) + 1}`;
}
