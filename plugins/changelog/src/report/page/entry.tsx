import {
  Badge,
  CopyBlock,
  CopyButton,
  formatCount,
  Path,
  plural,
  type TimelineItem,
  usePrinting,
  Visible,
} from '@om-ops/kit/page';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
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
      {rest !== undefined && <Outcome text={rest} />}
    </>
  );
}

/** Longer lists of what a command touched are folded to their number. */
const touchedInSight = 2;

/** What came of a command: how it ended, and what it touched. */
function Outcome({ text }: { text: string }) {
  const [, before = '', list = '', after = ''] =
    /^([\s\S]*?)(?:^|\n)touched: ([^\n]*)([\s\S]*)$/.exec(text) ?? [];
  const touched = list.split(', ').filter(Boolean);
  if (touched.length <= touchedInSight) return <Prose text={text} />;
  const archives = touched.every((path) => /\.tar\.gz( \(\w+\))?$/.test(path));
  return (
    <>
      {before !== '' && <Prose text={before} />}
      <Touched label={plural(touched.length, archives ? 'archive' : 'path')} paths={touched} />
      {after !== '' && <Prose text={after.trim()} />}
    </>
  );
}

function Touched({ label, paths }: { label: string; paths: readonly string[] }) {
  const [open, setOpen] = useState(false);
  const printing = usePrinting();
  return (
    <div class="touched">
      touched{' '}
      <button
        type="button"
        class="link"
        aria-expanded={open || printing}
        onClick={() => setOpen(!open)}
      >
        {label}
      </button>
      {(open || printing) && (
        <ul>
          {paths.map((path) => (
            <li key={path}>
              <Path path={path} />
            </li>
          ))}
        </ul>
      )}
    </div>
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
