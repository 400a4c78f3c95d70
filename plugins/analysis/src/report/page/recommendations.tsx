import {
  Badge,
  bytesColumn,
  type Column,
  CopyBlock,
  CopyButton,
  copyColumn,
  DataTable,
  Fold,
  pathColumn,
  plural,
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
  'look-first': 'look first',
};

function columnsOf(root: string) {
  const path = pathColumn<Recommendation>('path', 'Path', (row) => relativeTo(root, row.path));
  const why = textColumn<Recommendation>('why', 'Why', (row) => row.why, { sortable: false });
  const command = copyColumn<Recommendation>(
    'command',
    'Command',
    (row) => row.command,
    (row) => `the command for ${row.path}`,
  );
  const canGo: Column<Recommendation>[] = [
    path,
    textColumn<Recommendation>('kind', 'Kind', (row) => kinds[row.kind] ?? row.kind, {
      width: '10rem',
      cell: (row) => <Badge>{kinds[row.kind] ?? row.kind}</Badge>,
    }),
    why,
    // What git or pnpm will find to drop, nobody knows before.
    bytesColumn<Recommendation>('bytes', 'Would free', ({ bytes }) => (bytes > 0 ? bytes : null)),
    command,
  ];
  return { canGo, lookFirst: [path, { ...why, width: '34rem' }, command] };
}

interface RecommendationsProps {
  run: RunDetail;
  rows: readonly Recommendation[];
}

/** What can go, why, and the command that would do it; folded, what has to be looked at first. */
export function Recommendations({ run, rows }: RecommendationsProps) {
  const columns = useMemo(() => columnsOf(run.path), [run.path]);
  const { canGo, lookFirst } = useMemo(
    () => ({
      canGo: rows.filter(({ look }) => !look),
      lookFirst: rows.filter(({ look }) => look),
    }),
    [rows],
  );
  const { total, rest } = wholeOf(run, 'recommendations', rows.length);
  return (
    <Section
      heading="What can go"
      about={
        canGo.length === 0
          ? 'Nothing here is proven to be made again or needed by nobody.'
          : 'Commands are only copied, never run from here. Look at the reason before you paste.'
      }
    >
      {canGo.length > 0 && (
        <DataTable
          id="can-go"
          caption="What can go"
          rows={canGo}
          columns={columns.canGo}
          sort={{ column: 'bytes', descending: true }}
          noun="place"
          short
          tools={
            canGo.length > 1 && (
              <CopyButton
                labelled={`Copy all ${canGo.length} commands`}
                text={commandsTogether(canGo.map(({ command }) => command))}
                of={`all ${canGo.length} commands`}
              />
            )
          }
          detail={commandOf}
          detailLabel={labelOf}
        />
      )}
      {lookFirst.length > 0 && (
        <Fold label={`Look first: ${plural(lookFirst.length, 'place')}`}>
          {() => (
            <DataTable
              id="look-first"
              caption="What has to be looked at first"
              rows={lookFirst}
              columns={columns.lookFirst}
              noun="place"
              short
              detail={commandOf}
              detailLabel={labelOf}
              total={total - canGo.length}
              rest={rest}
            />
          )}
        </Fold>
      )}
    </Section>
  );
}

const commandOf = (row: Recommendation) => () => (
  <CopyBlock text={row.command} of={`the command for ${row.path}`} />
);
const labelOf = (row: Recommendation) => `The command for ${row.path}`;
