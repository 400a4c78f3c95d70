import {
  bytesColumn,
  type Column,
  copyColumn,
  countColumn,
  DataTable,
  EmptyState,
  pathColumn,
  Section,
  timeColumn,
} from '@om-ops/kit/page';
import { useMemo } from 'preact/hooks';
import type { DirectoryRow, FileRow } from '../../analysis.ts';
import type { RunDetail, RunTables } from '../types.ts';
import { relativeTo } from './relative.ts';
import { wholeOf } from './tables.ts';

function fileColumnsOf(root: string): Column<FileRow>[] {
  return [
    pathColumn<FileRow>('path', 'Path', (row) => relativeTo(root, row.path)),
    bytesColumn<FileRow>('bytes', 'Size', (row) => row.bytes),
    timeColumn<FileRow>('modified', 'Modified', (row) => row.modified),
    copyColumn<FileRow>(
      'copy',
      'Copy',
      (row) => row.path,
      (row) => `the path ${row.path}`,
    ),
  ];
}

function folderColumnsOf(root: string): Column<DirectoryRow>[] {
  return [
    pathColumn<DirectoryRow>('path', 'Path', (row) => relativeTo(root, row.path)),
    countColumn<DirectoryRow>('files', 'Files', (row) => row.files),
    bytesColumn<DirectoryRow>('bytes', 'Size', (row) => row.bytes),
    bytesColumn<DirectoryRow>('disk', 'On disk', (row) => row.diskBytes, { bar: false }),
    bytesColumn<DirectoryRow>('reclaimable', 'Only here', (row) => row.reclaimableBytes, {
      bar: false,
    }),
    copyColumn<DirectoryRow>(
      'copy',
      'Copy',
      (row) => row.path,
      (row) => `the path ${row.path}`,
    ),
  ];
}

/** The largest files and folders. */
export function Largest({ run, tables }: { run: RunDetail; tables: RunTables }) {
  const fileColumns = useMemo(() => fileColumnsOf(run.path), [run.path]);
  const folderColumns = useMemo(() => folderColumnsOf(run.path), [run.path]);
  return (
    <>
      <Section heading="Largest files">
        <DataTable
          id="files"
          caption="Largest files"
          rows={tables.largestFiles}
          columns={fileColumns}
          sort={{ column: 'bytes', descending: true }}
          noun="file"
          empty={<EmptyState title="There are no files." />}
          {...wholeOf(run, 'largestFiles', tables.largestFiles.length)}
        />
      </Section>
      <Section
        heading="Largest folders"
        about="Each with all that lies below it, so folders within folders are counted in both. ‘Only here’ leaves out what files elsewhere share by hard links."
      >
        <DataTable
          id="folders"
          caption="Largest folders"
          rows={tables.largestDirectories}
          columns={folderColumns}
          sort={{ column: 'bytes', descending: true }}
          noun="folder"
          {...wholeOf(run, 'largestDirectories', tables.largestDirectories.length)}
        />
      </Section>
    </>
  );
}
