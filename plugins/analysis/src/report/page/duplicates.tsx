import {
  AllWell,
  bytesColumn,
  Callout,
  type Column,
  CopyButton,
  countColumn,
  DataTable,
  EmptyState,
  formatBytes,
  Path,
  plural,
  Section,
} from '@om-ops/kit/page';
import { useMemo, useState } from 'preact/hooks';
import { unpackDuplicates } from '../packing.ts';
import type { DuplicateRow, RunDetail, RunTables } from '../types.ts';
import { relativeTo } from './relative.ts';
import { wholeOf } from './tables.ts';

/** Of a long group, so many paths are listed before the reader asks for all. */
const listed = 50;

function columnsOf(root: string): Column<DuplicateRow>[] {
  return [
    {
      id: 'path',
      header: 'Copies of',
      value: (row) => relativeTo(root, row.paths[0] ?? ''),
      search: (row) => row.paths.map((path) => relativeTo(root, path)).join('\n'),
      cell: (row) => <Path path={relativeTo(root, row.paths[0] ?? '')} />,
      align: 'start',
      sortable: true,
      first: 'ascending',
      role: 'main',
    },
    countColumn<DuplicateRow>('copies', 'Copies', (row) => row.paths.length),
    bytesColumn<DuplicateRow>('bytes', 'Each', (row) => row.bytes, { bar: false }),
    bytesColumn<DuplicateRow>('wasted', 'Wasted', (row) => row.wastedBytes),
  ];
}

/** Groups of the same file, most wasteful first; the search looks through every path. */
export function DuplicateGroups({ run, tables }: { run: RunDetail; tables: RunTables }) {
  const rows = useMemo(() => unpackDuplicates(tables.duplicates), [tables]);
  const columns = useMemo(() => columnsOf(run.path), [run.path]);
  const { duplicates, settings } = run;
  if (rows.length === 0) {
    return duplicates.mode === 'full' ? (
      <AllWell>
        No duplicates were found: no two files of up to {settings.maxHashMb} MiB have the same
        content.
      </AllWell>
    ) : (
      <EmptyState title="No duplicates were found." {...fullRun(run)}>
        No two files share name and size. Full mode compares contents:
      </EmptyState>
    );
  }
  return (
    <>
      {duplicates.mode === 'quick' && (
        <Callout tone="warn">
          Quick mode: the files of a group share name and size, and may still differ. Compare before
          you delete, or run <code>om-ops analysis run --dedupe-mode full</code>.
        </Callout>
      )}
      {duplicates.notHashed.files > 0 && (
        <Callout>
          {plural(duplicates.notHashed.files, 'file')} above {settings.maxHashMb} MiB (
          {formatBytes(duplicates.notHashed.bytes)}) share a size with another and were not
          compared. Raise <code>--max-hash-mb</code> to include them.
        </Callout>
      )}
      <Section
        heading="Duplicate groups"
        about={`${plural(duplicates.paths, 'path')} in ${plural(duplicates.groups, 'group')}; keeping one of each would save ${formatBytes(duplicates.wastedBytes)}.`}
      >
        <DataTable
          id="duplicates"
          caption="Duplicate groups"
          rows={rows}
          columns={columns}
          sort={{ column: 'wasted', descending: true }}
          noun="group"
          placeholder="Search every path"
          detail={(row) => () => <Paths row={row} root={run.path} />}
          detailLabel={(row) => `The ${row.paths.length} paths of ${row.paths[0] ?? ''}`}
          {...wholeOf(run, 'duplicates', rows.length)}
        />
      </Section>
    </>
  );
}

/** The command that compares contents; none for a path that cannot be quoted simply. */
function fullRun({ scope, path }: RunDetail): { command?: string } {
  const run = 'om-ops analysis run --dedupe-mode full';
  if (scope !== 'path') return { command: `${run} ${scope}` };
  return /^[ -~]+$/.test(path) && !path.includes('\\')
    ? { command: `${run} --path '${path.replaceAll("'", "'\\''")}'` }
    : {};
}

function Paths({ row, root }: { row: DuplicateRow; root: string }) {
  const [all, setAll] = useState(false);
  const shown = all ? row.paths : row.paths.slice(0, listed);
  return (
    <>
      <ul class="paths">
        {shown.map((path) => (
          <li key={path}>
            <Path path={relativeTo(root, path)} />
            <CopyButton text={path} of={`the path ${path}`} />
          </li>
        ))}
      </ul>
      <p class="paths-foot">
        {row.paths.length > shown.length && (
          <button type="button" class="button small" onClick={() => setAll(true)}>
            Show all {row.paths.length.toLocaleString('en-US')} paths
          </button>
        )}
        <CopyButton
          labelled={`Copy all ${row.paths.length} paths`}
          text={row.paths.join('\n')}
          of={`all ${row.paths.length} paths`}
        />
      </p>
    </>
  );
}
