import type { JudgedClock } from './alert.ts';
import type { Clock } from './pass.ts';

/** A wall clock that differs by more from the monotonic one was set. */
const jumpMs = 5000;

export interface Advanced {
  clock: Omit<JudgedClock, 'whole'>;
  /** Since the last pass; null before the first. */
  elapsedMs: number | null;
  /** How far the wall clock was set meanwhile; 0: it was not. */
  jumpMs: number;
  /** Whether the machine was started anew meanwhile. */
  restarted: boolean;
}

/** Where the site's own time stands at `now`; undefined when that is no later than what was judged last. */
export function advanced(last: JudgedClock | null, now: Clock): Advanced | undefined {
  const { wallMs, monotonicMs, bootId, uptimeMs } = now;
  const at = (tick: number) => ({ tick, wallMs, monotonicMs, bootId });
  if (last === null) return { clock: at(0), elapsedMs: null, jumpMs: 0, restarted: false };
  if (last.bootId !== bootId) {
    // While it was off only the wall clock went on, and that may have been set back.
    const elapsedMs = Math.max(wallMs - last.wallMs, uptimeMs);
    return { clock: at(last.tick + elapsedMs), elapsedMs, jumpMs: 0, restarted: true };
  }
  const elapsedMs = monotonicMs - last.monotonicMs;
  if (elapsedMs <= 0) return undefined;
  const set = wallMs - last.wallMs - elapsedMs;
  return {
    clock: at(last.tick + elapsedMs),
    elapsedMs,
    jumpMs: Math.abs(set) > jumpMs ? set : 0,
    restarted: false,
  };
}
