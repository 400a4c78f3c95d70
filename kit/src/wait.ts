import { setTimeout as delay } from 'node:timers/promises';
import { OpsError } from './errors.ts';
import type { Progress } from './progress.ts';

export interface WaitOptions {
  /** What is waited for, for the error and the progress: `demo is up`. */
  what: string;
  deadlineMs: number;
  /** Default 250. */
  everyMs?: number;
  /** It has to stay true for so long. Default 0. */
  steadyMs?: number;
  progress: Progress;
  suggestions?: readonly string[];
}

/** One look: the value once it is true, else what was seen instead, as the end of a sentence. `key`: when it changes, being steady starts anew. */
export type Look<T> = { value: T; key?: string } | { seen: string };

/**
 * Looks again and again until it is true, and has been for `steadyMs`.
 *
 * @throws OpsError E_TIMED_OUT (exit 1) with what was seen last; the signal's reason
 */
export async function waitUntil<T>(
  look: (signal: AbortSignal) => Promise<Look<T>>,
  { what, deadlineMs, everyMs = 250, steadyMs = 0, progress, suggestions = [] }: WaitOptions,
): Promise<T> {
  const started = performance.now();
  let since: { at: number; key: string | undefined } | undefined;
  let seen = 'nothing';
  for (;;) {
    progress.signal.throwIfAborted();
    const found = await look(AbortSignal.any([progress.signal, AbortSignal.timeout(deadlineMs)]));
    const now = performance.now();
    if ('value' in found) {
      if (since === undefined || since.key !== found.key) since = { at: now, key: found.key };
      if (now - since.at >= steadyMs) return found.value;
      seen = 'not steady yet';
    } else {
      since = undefined;
      seen = found.seen;
    }
    progress.report({ stage: `waiting until ${what}`, detail: seen });
    if (now - started + everyMs > deadlineMs) {
      throw new OpsError(
        'E_TIMED_OUT',
        `Waited ${Math.round(deadlineMs / 1000)} s in vain until ${what}; last: ${seen}.`,
        { suggestions },
      );
    }
    await delay(everyMs, undefined, { signal: progress.signal }).catch(() =>
      progress.signal.throwIfAborted(),
    );
  }
}
