import type { Entry, Session } from '@om-ops/kit/journal';
import {
  formatCount,
  formatFacts,
  formatTable,
  formatTime,
  plural,
  printable,
  printableName,
  styleFor,
} from '@om-ops/kit/text';

/** Sessions as a table, one a line. */
export function sessionTable(sessions: readonly Session[]): string {
  return formatTable<Session>(
    [
      { head: 'SESSION', cell: ({ session_id }) => printableName(session_id) },
      { head: 'STARTED', cell: ({ started_at }) => formatTime(started_at) },
      { head: 'STATUS', cell: ({ status }) => status },
      { head: 'OUTCOME', cell: ({ outcome }) => printableName(outcome ?? '') },
      { head: 'SCOPE', cell: ({ scope }) => printableName(scope) },
      { head: 'ENTRIES', cell: ({ entry_count }) => formatCount(entry_count), align: 'right' },
      { head: 'TITLE', cell: ({ title }) => printableName(title) },
      { head: 'TAGS', cell: ({ tags }) => printableName(tags.join(', ')) },
    ],
    sessions,
  );
}

/** A session's own facts, without its entries. */
export function sessionFacts(session: Session): string {
  const style = styleFor(process.stdout);
  const facts: [string, string][] = [
    ['session', session.session_id],
    ['status', session.status],
    ['started', formatTime(session.started_at)],
  ];
  if (session.closed_at !== null) facts.push(['closed', formatTime(session.closed_at)]);
  facts.push(['scope', session.scope]);
  if (session.tags.length > 0) facts.push(['tags', session.tags.join(', ')]);
  facts.push(['entries', formatCount(session.entry_count)]);
  if (session.outcome !== null) facts.push(['outcome', session.outcome]);
  if (session.summary !== null) facts.push(['summary', session.summary]);
  facts.push(['folder', session.path]);
  const shown = facts.map(([name, value]) => [name, printableName(value)] as const);
  return `${style.bold(printableName(session.title))}\n${formatFacts(shown)}`;
}

/** A session and the timeline of its entries. */
export function sessionText(session: Session, entries: readonly Entry[]): string {
  const left = session.entry_count - entries.length;
  const parts = [sessionFacts(session)];
  if (left > 0 && entries.length > 0) {
    parts.push(`The last ${plural(entries.length, 'entry', 'entries')}:`);
  }
  parts.push(...entries.map(entryBlock));
  return parts.join('\n\n');
}

/** Who, what, when, and the text below it. */
function entryBlock(entry: Entry): string {
  const style = styleFor(process.stdout);
  const head = [style.dim(formatTime(entry.timestamp)), style.bold(entry.type), entry.actor];
  if (entry.outcome !== null) {
    head.push(
      entry.outcome === 'fail' ? style.red('fail') : style.green(printableName(entry.outcome)),
    );
  }
  const lines = printable(entry.content).split('\n');
  for (const path of entry.attachments) lines.push(`attached: ${printableName(path)}`);
  return `${head.join('  ')}\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
