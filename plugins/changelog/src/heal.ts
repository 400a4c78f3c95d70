import { isUnwritable, messageOf } from '@om-ops/kit';
import type { Changelog } from '@om-ops/kit/journal';

/**
 * Puts index.json and active_session.json right. Reading works without: where they may not be
 * written, that is only said.
 */
export async function healIndex(
  changelog: Changelog,
  warn: (message: string) => void,
): Promise<void> {
  try {
    const { migrated } = await changelog.rebuildIndex();
    if (migrated.length > 0) {
      warn(`Entries of old sessions were moved to entries.jsonl: ${migrated.join(', ')}.`);
    }
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    // Who may only read needs no word about it.
    if (error.code === 'E_DISK_FULL') warn(`index.json was not updated: ${messageOf(error)}`);
  }
}
