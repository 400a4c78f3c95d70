import type { Entry, NewEntry, Session } from '@om-ops/kit';
import { printable } from '@om-ops/kit/text';
import { entryBlock } from './entry.ts';

/** What was added to which session, or would be: an entry without a hash. */
export function addedText(session: Session, entry: Entry | NewEntry): string {
  const title = printable(session.title);
  if (!('hash' in entry)) {
    return `Would add to ${title}: ${entry.type}, ${entry.content.length} characters. Nothing was changed: this was a dry run.`;
  }
  const count = session.entry_count;
  return `${title}: ${count} ${count === 1 ? 'entry' : 'entries'}\n\n${entryBlock(entry)}`;
}
