import {
  Badge,
  CopyBlock,
  CopyButton,
  formatCount,
  Path,
  type TimelineItem,
  Visible,
} from '@om-ops/kit/page';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import type { ChangelogReport } from '../types.ts';
import { chunkOf, type Entries, typeLabel } from './model.ts';
import { Prose } from './prose.tsx';
import { useTexts } from './texts.tsx';

interface EntryItemOptions {
  report: ChangelogReport;
  entries: Entries;
  entry: number;
  /** Stands above the entry where a new day or session begins. */
  mark?: ComponentChildren;
}

/** What the timeline shows of one entry. */
export function entryItem({ report, entries, entry, mark }: EntryItemOptions): TimelineItem {
  const type = report.types[entries.type[entry] ?? 0] ?? 'note';
  const outcome = entries.outcome[entry];
  const tone =
    outcome === 's' ? 'good' : outcome === 'f' ? 'bad' : type === 'prompt' ? 'accent' : 'neutral';
  return {
    id: entry,
    time: entries.time[entry] ?? 0,
    tone,
    mark,
    title: (
      <>
        <Visible text={typeLabel(type)} />{' '}
        <span class="by">
          by <Visible text={report.actors[entries.actor[entry] ?? 0] ?? ''} />
        </span>
      </>
    ),
    aside: (
      <>
        {outcome === 's' && <Badge tone="good">success</Badge>}
        {outcome === 'f' && <Badge tone="bad">fail</Badge>}
      </>
    ),
    body: <EntryText key={entry} report={report} entry={entry} type={type} />,
  };
}

/** These are copied and used again; the others are read. */
const copied = new Set(['prompt', 'followup', 'command']);

interface EntryTextProps {
  report: ChangelogReport;
  entry: number;
  type: string;
}

function EntryText({ report, entry, type }: EntryTextProps) {
  const texts = useTexts();
  const chunk = chunkOf(report.chunks, entry);
  useEffect(() => texts.want([chunk]), [chunk]);
  const place = entry - (report.chunks[chunk] ?? 0);
  const found = texts.get(chunk);
  if (found === undefined) return <p class="unpacking">…</p>;
  const text = found.text[place] ?? '';
  const full = found.full[place];
  const attached = found.attachments[place] ?? [];
  return (
    <>
      {copied.has(type) ? <CopiedText text={text} type={type} /> : <Prose text={text} />}
      {full !== undefined && (
        <p class="note">
          These are the first {formatCount(text.length)} of {formatCount(full)} characters; all are
          in entries.jsonl.
        </p>
      )}
      {attached.length > 0 && <Attachments paths={attached} />}
    </>
  );
}

/** om-ops records a command with what came of it below; only the command is copied. */
function CopiedText({ text, type }: { text: string; type: string }) {
  const [, command, rest] =
    (type === 'command' && /^(om-ops .*)\n(exit \d[\s\S]*)$/.exec(text)) || [];
  return (
    <>
      <CopyBlock text={command ?? text} of={`this ${type}`} />
      {rest !== undefined && <Prose text={rest} />}
    </>
  );
}

function Attachments({ paths }: { paths: readonly string[] }) {
  return (
    <ul class="attached" aria-label="Attached">
      {paths.map((path) => (
        <li key={path}>
          <Path path={path} /> <CopyButton text={path} of="the path" />
        </li>
      ))}
    </ul>
  );
}
