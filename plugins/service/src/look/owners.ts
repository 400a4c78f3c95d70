import type { Look } from '../kinds/look.ts';

/** Which service a process belongs to; undefined when none of the profile. */
export function ownerOf(pid: number, looks: ReadonlyMap<string, Look>): string | undefined {
  for (const [name, { pids }] of looks) if (pids.includes(pid)) return name;
  return undefined;
}
