import { type MenuStanding, type Site, withDeadline } from '@om-ops/kit';
import type { Entry } from './choice.ts';

/** How an entry stands; `lacking`: why nothing of it can be done. */
export interface EntryStanding extends MenuStanding {
  lacking?: string;
}

/** What reads a few files is waited for no longer than this: a folder on a dead network mount. */
const limitMs = 3000;

/** Asks every entry at once, and tells of each as soon as it has answered. Never throws: what fails says nothing. */
export async function readStandings(
  entries: readonly Entry[],
  { site, now, signal }: { site: Site; now: Date; signal: AbortSignal },
  told: (order: number, standing: EntryStanding) => void,
): Promise<void> {
  await Promise.all(
    entries.map(async ({ order, contribution: { menu } }) => {
      try {
        const [lacking, standing] = await withDeadline(limitMs, signal, () =>
          Promise.all([menu?.unready?.(site), menu?.standing?.({ site, now })]),
        );
        if (lacking === undefined && standing === undefined) return;
        told(order, { ...standing, ...(lacking === undefined ? {} : { lacking }) });
      } catch {
        // A note is worth no error: the command that is chosen says what is wrong.
      }
    }),
  );
}
