import { readFileSync } from 'node:fs';
import { currentOwner, currentTime } from '@om-ops/kit';
import type { Clock } from '../rules/pass.ts';

/**
 * What time it is, by the wall and since the machine's start. With `OM_OPS_NOW`, as tests set it, both stand still
 * there.
 *
 * @throws OpsError E_USAGE (exit 2)
 */
export function currentClock(env: NodeJS.ProcessEnv = process.env): Clock {
  const wallMs = currentTime(env).getTime();
  const monotonicMs = uptimeMs() + wallMs - Date.now();
  return { wallMs, monotonicMs, bootId: currentOwner().boot ?? '', uptimeMs: monotonicMs };
}

function uptimeMs(): number {
  // With what the machine slept through, which `performance.now` leaves out.
  return Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * 1000;
}
