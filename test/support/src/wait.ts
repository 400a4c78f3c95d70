import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** Default 15 s. */
  timeoutMs?: number;
  everyMs?: number;
}

/** Waits until `condition` gives something truthy, and returns it. What it throws counts as not yet. */
export async function waitFor<T>(
  what: string,
  condition: () => T | Promise<T>,
  { timeoutMs = 15_000, everyMs = 20 }: WaitOptions = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const result = await condition();
      if (result) return result;
      last = result;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`Waited ${timeoutMs} ms in vain for ${what}; last: ${String(last)}`);
    }
    await delay(everyMs);
  }
}
