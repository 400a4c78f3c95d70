import {
  AllWell,
  bytesColumn,
  type Column,
  copyColumn,
  DataTable,
  formatBytes,
  pathColumn,
  plural,
  Section,
  timeColumn,
} from '@om-ops/kit/page';
import { useMemo } from 'preact/hooks';
import type { FileRow } from '../../analysis.ts';
import type { RunDetail, RunTables } from '../types.ts';
import { relativeTo } from './relative.ts';
import { wholeOf } from './tables.ts';

function columnsOf(root: string): Column<FileRow>[] {
  return [
    pathColumn<FileRow>('path', 'Path', (row) => relativeTo(root, row.path)),
    bytesColumn<FileRow>('bytes', 'Size', (row) => row.bytes),
    timeColumn<FileRow>('modified', 'Last modified', (row) => row.modified),
    copyColumn<FileRow>(
      'copy',
      'Copy',
      (row) => row.path,
      (row) => `the path ${row.path}`,
    ),
  ];
}

/** Files nobody changed for long: the largest, and the oldest. */
export function Stale({ run, tables }: { run: RunDetail; tables: RunTables }) {
  const columns = useMemo(() => columnsOf(run.path), [run.path]);
  const { days, files, bytes } = run.stale;
  if (files === 0) {
    return <AllWell>Every file was changed in the last {plural(days, 'day')}.</AllWell>;
  }
  return (
    <>
      <Section
        heading="Largest stale files"
        about={`${plural(files, 'file')} (${formatBytes(bytes)}) were not changed for ${plural(days, 'day')} or more.`}
      >
        <DataTable
          id="stale"
          caption="Largest stale files"
          rows={tables.staleLargest}
          columns={columns}
          sort={{ column: 'bytes', descending: true }}
          noun="file"
          {...wholeOf(run, 'stale.largest', tables.staleLargest.length)}
          total={files}
        />
      </Section>
      <Section heading="Oldest stale files">
        <DataTable
          id="oldest"
          caption="Oldest stale files"
          rows={tables.staleOldest}
          columns={columns}
          sort={{ column: 'modified', descending: false }}
          noun="file"
          {...wholeOf(run, 'stale.oldest', tables.staleOldest.length)}
          total={files}
        />
      </Section>
    </>
  );
}
