import {
  Badge,
  bytesColumn,
  type Column,
  CopyBlock,
  CopyButton,
  copyColumn,
  DataTable,
  EmptyState,
  pathColumn,
  Section,
  textColumn,
} from '@om-ops/kit/page';
import { useMemo } from 'preact/hooks';
import type { Recommendation, RecommendationKind } from '../../analysis.ts';
import type { RunDetail } from '../types.ts';
import { commandsTogether } from './commands.ts';
import { relativeTo } from './relative.ts';
import { wholeOf } from './tables.ts';

const kinds: Record<RecommendationKind, string> = {
  unneeded: 'likely unneeded',
  'build-output': 'build output',
  'orphaned-large': 'orphaned, large',
  'old-artifact': 'very old',
  duplicates: 'duplicates',
  'package-store': 'package store',
  git: 'git',
};

function columnsOf(root: string): Column<Recommendation>[] {
  return [
    pathColumn<Recommendation>('path', 'Path', (row) => relativeTo(root, row.path)),
    textColumn<Recommendation>('kind', 'Kind', (row) => kinds[row.kind] ?? row.kind, {
      width: '10rem',
      cell: (row) => <Badge>{kinds[row.kind] ?? row.kind}</Badge>,
    }),
    textColumn<Recommendation>('why', 'Why', (row) => row.why, { sortable: false }),
    bytesColumn<Recommendation>('bytes', 'Would free', (row) => row.bytes),
    copyColumn<Recommendation>(
      'command',
      'Command',
      (row) => row.command,
      (row) => `the command for ${row.path}`,
    ),
  ];
}

/** What could go, why, and the command that would do it. Nothing runs it but the reader. */
export function Recommendations({
  run,
  rows,
}: {
  run: RunDetail;
  rows: readonly Recommendation[];
}) {
  const columns = useMemo(() => columnsOf(run.path), [run.path]);
  return (
    <Section
      heading="What could go"
      about="Commands are only copied, never run from here. Look at the reason before you paste."
    >
      <DataTable
        id="recommendations"
        caption="What could go"
        rows={rows}
        columns={columns}
        sort={{ column: 'bytes', descending: true }}
        noun="recommendation"
        short
        tools={
          rows.length > 1 && (
            <CopyButton
              labelled={`Copy all ${rows.length} commands`}
              text={commandsTogether(rows.map(({ command }) => command))}
              of={`all ${rows.length} commands`}
            />
          )
        }
        detail={(row) => () => <CopyBlock text={row.command} of={`the command for ${row.path}`} />}
        detailLabel={(row) => `The command for ${row.path}`}
        empty={<EmptyState title="Nothing stands out as unneeded." />}
        {...wholeOf(run, 'recommendations', rows.length)}
      />
    </Section>
  );
}
