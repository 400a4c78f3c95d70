import {
  AllWell,
  Badge,
  Bars,
  bytesColumn,
  type Column,
  CopyButton,
  copyColumn,
  countColumn,
  DataTable,
  EmptyState,
  formatBytes,
  Path,
  pathColumn,
  plural,
  Section,
  TagFilter,
  textColumn,
  timeColumn,
  useHashList,
  Visible,
} from '@om-ops/kit/page';
import { useMemo } from 'preact/hooks';
import type { JunkItem } from '../../analysis.ts';
import type { RunDetail, RunTables } from '../types.ts';
import { commandsTogether } from './commands.ts';
import { relativeTo } from './relative.ts';
import { wholeOf } from './tables.ts';

/** A junk item and the command that a recommendation has for it. */
interface JunkRow extends JunkItem {
  command: string | null;
  /** What that command frees; null where something has to be looked at first. */
  frees: number | null;
}

function columnsOf(root: string): Column<JunkRow>[] {
  return [
    {
      ...pathColumn<JunkRow>('path', 'Path', (row) => relativeTo(root, row.path)),
      search: (row) => `${relativeTo(root, row.path)} ${row.evidence.join(' ')}`,
      cell: (row) => <Finding row={row} path={relativeTo(root, row.path)} />,
    },
    textColumn<JunkRow>('category', 'Category', (row) => row.category, { width: '11rem' }),
    countColumn<JunkRow>('files', 'Files', (row) => row.files),
    bytesColumn<JunkRow>('bytes', 'Size', (row) => row.bytes),
    bytesColumn<JunkRow>('reclaimable', 'Would free', ({ frees }) => frees, {
      bar: false,
      width: '8rem',
    }),
    timeColumn<JunkRow>('modified', 'Newest file', (row) => row.modified, { dateOnly: true }),
    copyColumn<JunkRow>(
      'command',
      'Command',
      (row) => row.command ?? row.path,
      (row) => (row.command === null ? `the path ${row.path}` : `the command for ${row.path}`),
    ),
  ];
}

function Finding({ row, path }: { row: JunkRow; path: string }) {
  return (
    <>
      <Path path={path} />
      <span class="evidence">
        {row.inUse && <Badge tone="bad">in use</Badge>}
        {row.tracked === 'yes' && <Badge tone="warn">tracked by git</Badge>}
        <Visible text={row.evidence.join(' · ')} />
      </span>
    </>
  );
}

/** What is probably junk, by category, with the evidence and the command. */
export function Junk({ run, tables }: { run: RunDetail; tables: RunTables }) {
  const [categories, setCategories] = useHashList('junk.in');
  const columns = useMemo(() => columnsOf(run.path), [run.path]);
  const advice = useMemo(
    () => new Map(tables.recommendations.map((each) => [each.path, each])),
    [tables],
  );
  const chosen = categories.join('\n');
  const rows = useMemo(
    () =>
      tables.junk
        .filter(({ category }) => categories.length === 0 || categories.includes(category))
        .map((item): JunkRow => {
          const { command = null, look = true, bytes = 0 } = advice.get(item.path) ?? {};
          return { ...item, command, frees: look ? null : bytes };
        }),
    [tables, advice, chosen],
  );
  if (tables.junk.length === 0) {
    return (
      <AllWell>
        No junk was found: no build output, cache, log, archive or very large file lies around here.
      </AllWell>
    );
  }
  const byCategory = tables.junkCategories.toSorted((a, b) => b.bytes - a.bytes);
  const known = rows.flatMap(({ command, frees }) => (frees === null ? [] : (command ?? [])));
  const { total, rest } = wholeOf(run, 'junk', tables.junk.length);
  return (
    <>
      <Section
        heading="By category"
        about={`${formatBytes(run.junk.bytes)} in ${plural(run.junk.items, 'item')}; what can go without a look would free ${formatBytes(run.canGo.bytes)} on the disk.`}
        sheet
      >
        <Bars
          label="Junk by category"
          unit="bytes"
          total={run.junk.bytes}
          items={byCategory.map(({ category, bytes, items }) => ({
            id: category,
            label: `${category} (${items.toLocaleString('en-US')})`,
            value: bytes,
          }))}
        />
      </Section>
      <Section
        heading="Findings"
        about="Junk inside junk belongs to the outermost. ‘Would free’ is said only of what can go without a look first."
      >
        <DataTable
          id="junk"
          caption="Junk findings"
          rows={rows}
          columns={columns}
          sort={{ column: 'bytes', descending: true }}
          noun="finding"
          placeholder="Search paths and evidence"
          tools={
            <>
              {byCategory.length > 1 && (
                <TagFilter
                  label="Categories"
                  values={categories}
                  choices={byCategory.map(({ category, items }) => ({
                    value: category,
                    label: category,
                    count: items,
                  }))}
                  onChange={setCategories}
                />
              )}
              {known.length > 1 && (
                <CopyButton
                  labelled={`Copy all ${known.length} commands`}
                  text={commandsTogether(known)}
                  of={`all ${known.length} commands`}
                />
              )}
            </>
          }
          empty={<EmptyState title="No finding in these categories." />}
          total={categories.length === 0 ? total : rows.length}
          rest={rest}
        />
      </Section>
    </>
  );
}
