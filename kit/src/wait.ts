import { setTimeout as delay } from 'node:timers/promises';
import { withDeadline } from './deadline.ts';
import { messageOf, OpsError } from './errors.ts';
import type { Progress } from './progress.ts';

export interface WaitOptions {
  /** What is waited for, for the error and the progress: `demo is up`. */
  what: string;
  deadlineMs: number;
  /** Default 250. */
  everyMs?: number;
  /** It has to stay true for so long, and no look in between may find otherwise. Default 0. */
  steadyMs?: number;
  progress: Progress;
  suggestions?: readonly string[];
}

/** One look: the value once it is true, else what was seen instead, as the end of a sentence. `key`: when it changes, being steady starts anew. */
export type Look<T> = { value: T; key?: string } | { seen: string };

/**
 * Looks again and again until it is true, and has been for `steadyMs`; a last time when the time is up.
 * What `look` throws ends the waiting at once: for what will never come true.
 *
 * @throws OpsError E_TIMED_OUT (exit 1) with what was seen last; the signal's reason; what `look` throws
 */
export async function waitUntil<T>(
  look: (signal: AbortSignal) => Promise<Look<T>>,
  { what, deadlineMs, everyMs = 250, steadyMs = 0, progress, suggestions = [] }: WaitOptions,
): Promise<T> {
  const { signal } = progress;
  const started = performance.now();
  const left = () => deadlineMs - (performance.now() - started);
  let since: { at: number; key: string | undefined } | undefined;
  let changes = 0;
  let seen = 'nothing yet';
  let isLate = false;
  while (!isLate) {
    signal.throwIfAborted();
    const at = performance.now();
    const found = await lookInTime(look, Math.max(left(), everyMs), signal);
    const now = performance.now();
    if ('value' in found) {
      if (since !== undefined && since.key !== found.key) changes += 1;
      // Steady from the begin of the look that saw it first to the begin of this one.
      if (since === undefined || since.key !== found.key) since = { at, key: found.key };
      if (at - since.at >= steadyMs) return found.value;
      seen = `it was so for ${seconds(now - since.at)}, and has to be for ${seconds(steadyMs)}`;
      if (changes > 0) seen += ` (it changed ${changes === 1 ? 'once' : `${changes} times`})`;
    } else {
      since = undefined;
      seen = found.seen;
    }
    progress.report({ stage: `waiting until ${what}`, detail: seen });
    isLate = left() <= 0;
    if (!isLate) {
      await delay(Math.min(everyMs, Math.max(left(), 1)), undefined, { signal }).catch(() => {});
    }
  }
  signal.throwIfAborted();
  throw new OpsError(
    'E_TIMED_OUT',
    `Waited ${seconds(deadlineMs)} in vain until ${what}; last: ${seen}.`,
    { suggestions },
  );
}

/** A look that does not come back is cut off when the time is up, and says so. */
async function lookInTime<T>(
  look: (signal: AbortSignal) => Promise<Look<T>>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Look<T>> {
  const given: { signal?: AbortSignal } = {};
  try {
    return await withDeadline(timeoutMs, signal, (both) => {
      given.signal = both;
      return look(both);
    });
  } catch (error) {
    signal.throwIfAborted();
    if (given.signal?.aborted === true) return { seen: messageOf(given.signal.reason) };
    throw error;
  }
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(ms < 10_000 ? 2 : 0))} s`;
}
