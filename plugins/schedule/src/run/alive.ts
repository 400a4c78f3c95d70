import { readdirSync, readFileSync } from 'node:fs';
import { ownerState } from '@om-ops/kit';
import type { TaskRun } from '../ledger/history.ts';

/** What another host or container began is believed to go on for so long. */
const elsewhereMs = 24 * 3_600_000;

/** Whether a run that nobody has ended goes on: its tick is there, or the command that a killed tick left behind. */
export function isRunAlive({ owner, at, run }: TaskRun, now: Date): boolean {
  switch (ownerState(owner)) {
    case 'alive':
      return true;
    case 'elsewhere':
      return now.getTime() - new Date(at).getTime() < elsewhereMs;
    case 'dead':
      return hasOrphan(run);
  }
}

/** Whether an om-ops command that was started for this run is still there. */
function hasOrphan(run: string): boolean {
  const mark = Buffer.from(`@${run}\0`);
  return readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      // A daemon that the command started has inherited its environment, and is no om-ops.
      if (!readFileSync(`/proc/${name}/cmdline`).includes('/dist/main.js')) return false;
      const environment = readFileSync(`/proc/${name}/environ`);
      const at = environment.indexOf('OM_OPS_PARENT=');
      return at !== -1 && environment.subarray(at, environment.indexOf(0, at) + 1).includes(mark);
    } catch {
      // It has just ended, or is another user's.
      return false;
    }
  });
}
