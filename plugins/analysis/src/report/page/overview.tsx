import {
  bytesColumn,
  Callout,
  type Column,
  Columns,
  CopyButton,
  countColumn,
  DataTable,
  EmptyState,
  Facts,
  formatBytes,
  formatCount,
  pathColumn,
  plural,
  Section,
  Treemap,
  textColumn,
  timeColumn,
  Visible,
} from '@om-ops/kit/page';
import { useMemo } from 'preact/hooks';
import type { FileRow, Skipped, TypeRow } from '../../analysis.ts';
import type { RunDetail, RunTables } from '../types.ts';
import { Recommendations } from './recommendations.tsx';
import { relativeTo } from './relative.ts';
import { wholeOf } from './tables.ts';
import { treeOf } from './tree.ts';

interface OverviewProps {
  run: RunDetail;
  tables: RunTables;
}

const typeColumns = [
  textColumn<TypeRow>('extension', 'Type', (row) => row.extension || 'no extension', {
    main: true,
  }),
  countColumn<TypeRow>('files', 'Files', (row) => row.files),
  bytesColumn<TypeRow>('bytes', 'Size', (row) => row.bytes),
];

function recentColumnsOf(root: string): Column<FileRow>[] {
  return [
    pathColumn<FileRow>('path', 'Path', (row) => relativeTo(root, row.path)),
    bytesColumn<FileRow>('bytes', 'Size', (row) => row.bytes, { bar: false }),
    timeColumn<FileRow>('modified', 'Modified', (row) => row.modified),
  ];
}

function skippedColumnsOf(root: string): Column<Skipped>[] {
  return [
    pathColumn<Skipped>('path', 'Path', (row) => relativeTo(root, row.path)),
    textColumn<Skipped>('reason', 'Reason', (row) => row.code ?? row.reason, { width: '12rem' }),
  ];
}

/** The run at a glance: where the space goes, what to do about it, what it is made of. */
export function Overview({ run, tables }: OverviewProps) {
  const recentColumns = useMemo(() => recentColumnsOf(run.path), [run.path]);
  const skippedColumns = useMemo(() => skippedColumnsOf(run.path), [run.path]);
  const tree = useMemo(() => treeOf(run.path, tables.tree, tables.junk), [run, tables]);
  return (
    <>
      <Warnings run={run} tables={tables} />
      <Section
        heading="Where the space goes"
        about="Areas are sizes. A folder opens on click or Enter; hatched is junk."
        sheet
      >
        {tree === null ? (
          <EmptyState title="The folder is empty." />
        ) : (
          <Treemap label="Folders by size" root={tree} />
        )}
      </Section>
      <Recommendations run={run} rows={tables.recommendations} />
      <Columns>
        <Section heading="File types">
          <DataTable
            id="types"
            caption="File types"
            rows={tables.types}
            columns={typeColumns}
            sort={{ column: 'bytes', descending: true }}
            noun="type"
            short
            {...wholeOf(run, 'types', tables.types.length)}
          />
        </Section>
        <div class="stack">
          <Section heading="Changed lately" sheet>
            <Recent run={run} />
          </Section>
          <Section heading="This run" sheet>
            <RunFacts run={run} tables={tables} />
          </Section>
        </div>
      </Columns>
      <Section heading="Newest files">
        <DataTable
          id="recent"
          caption="Newest files"
          rows={tables.recentFiles}
          columns={recentColumns}
          sort={{ column: 'modified', descending: true }}
          noun="file"
          short
          empty={<EmptyState title="No file was changed in the last 30 days." />}
          {...wholeOf(run, 'recentFiles', tables.recentFiles.length)}
        />
      </Section>
      {tables.skipped.length > 0 && (
        <Section
          heading="Left out"
          about="Could not be read, or vanished while the run went on. The totals do not hold them."
        >
          <DataTable
            id="skipped"
            caption="Left out"
            rows={tables.skipped}
            columns={skippedColumns}
            noun="path"
            short
            {...wholeOf(run, 'skipped', tables.skipped.length)}
          />
        </Section>
      )}
    </>
  );
}

function Warnings({ run, tables }: OverviewProps) {
  return (
    <>
      {run.skipped > 0 && (
        <Callout tone="warn">
          {plural(run.skipped, 'path')} could not be read and {run.skipped === 1 ? 'is' : 'are'} not
          in the totals; listed at the end of this tab.
        </Callout>
      )}
      {tables.notEntered.length > 0 && (
        <Callout>
          Mount points that were not entered:{' '}
          <Visible
            text={tables.notEntered
              .map(
                ({ path, fileSystem, sameAs }) =>
                  `${path} (${sameAs === undefined ? fileSystem : `the same as ${sameAs}`})`,
              )
              .join(', ')}
          />
          .
        </Callout>
      )}
    </>
  );
}

function Recent({ run: { recent } }: { run: RunDetail }) {
  const spans = [
    ['Last 24 hours', recent['24h']],
    ['Last 7 days', recent['7d']],
    ['Last 30 days', recent['30d']],
  ] as const;
  return (
    <Facts
      items={spans.map(([name, { files, bytes }]) => [
        name,
        `${plural(files, 'file')}, ${formatBytes(bytes)}`,
      ])}
    />
  );
}

function RunFacts({ run, tables }: OverviewProps) {
  const { totals, settings } = run;
  const full = settings.dedupeMode === 'full';
  return (
    <Facts
      items={[
        ['Size on disk', formatBytes(totals.diskBytes)],
        ['Freed by deleting it', formatBytes(totals.reclaimableBytes)],
        ['Folders', formatCount(totals.directories)],
        ['Symbolic links', formatCount(totals.symlinks)],
        ['Further names of files', formatCount(totals.hardLinks)],
        ['Sockets, pipes, devices', formatCount(totals.others)],
        [
          'Duplicates by',
          full ? `content, files up to ${settings.maxHashMb} MiB` : 'name and size',
        ],
        ['Stale after', plural(settings.staleDays, 'day')],
        ['Large files', `larger than ${settings.largeMb} MiB`],
        [
          'Other file systems',
          settings.crossFileSystems ? 'entered' : `not entered (${tables.notEntered.length})`,
        ],
        [
          'Left out by pattern',
          settings.exclude.length === 0 ? 'nothing' : settings.exclude.join(', '),
        ],
        [
          'Whole result',
          <span key="file" class="with-copy">
            <code>{`runs/${run.run}/analysis.json`}</code>
            <CopyButton
              text={`om-ops analysis show ${run.run}`}
              of="the command that shows this run"
            />
          </span>,
        ],
      ]}
    />
  );
}
