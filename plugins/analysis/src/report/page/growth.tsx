import {
  Callout,
  Columns,
  DataTable,
  deltaColumn,
  EmptyState,
  FilterBar,
  formatPlural,
  Section,
  Segments,
  SelectFilter,
  type Series,
  TimeSeries,
  textColumn,
  timeColumn,
  useHash,
  useHashParam,
} from '@om-ops/kit/page';
import { useMemo } from 'preact/hooks';
import type { AnalysisReport } from '../types.ts';
import {
  filteredRows,
  type GrowthRow,
  growthRows,
  type MeasureKey,
  measures,
  rangeStart,
  ranges,
} from './growth-rows.ts';
import { Work } from './work.tsx';

const columns = [
  timeColumn<GrowthRow>('at', 'Run', (row) => row.at, { main: true }),
  textColumn<GrowthRow>('scope', 'Scope', (row) => row.subject, { width: '14rem' }),
  ...measures.map(({ key, short, unit }) =>
    deltaColumn<GrowthRow>(key, short, (row) => row.deltas[key], {
      unit,
      welcome: key === 'bytes' || key === 'files' ? 'neither' : 'down',
      width: '8.5rem',
    }),
  ),
];

/** The growth dashboard: five series over time, what changed from run to run, and the work behind it. */
export function Growth({ report }: { report: AnalysisReport }) {
  const hash = useHash();
  const [subject, setSubject] = useHashParam('scope');
  const [range, setRange] = useHashParam('range', 'all');
  const now = Date.parse(report.generatedAt);
  const all = useMemo(() => growthRows(report.growth), [report]);
  const names = useMemo(() => [...new Set(all.map((row) => row.subject))], [all]);
  const rows = useMemo(
    () => filteredRows(all, { subject, range, now }).toReversed(),
    [all, subject, range, now],
  );
  if (all.length === 0) {
    return <EmptyState title="No run was recorded yet." command="om-ops analysis run prod" />;
  }
  const start = rangeStart(range, now);
  const ends = Number.isFinite(start) ? { from: start, to: now } : {};
  return (
    <>
      <FilterBar
        label="Filter the growth dashboard"
        active={subject !== '' || range !== 'all'}
        onReset={() => hash.set({ scope: null, range: null })}
      >
        <SelectFilter
          label="Scope"
          all="All scopes"
          value={subject}
          choices={names.map((name) => ({
            value: name,
            label: name,
            count: all.filter((row) => row.subject === name).length,
          }))}
          onChange={setSubject}
        />
        <Segments label="Date range" value={range} choices={ranges} onChange={setRange} />
      </FilterBar>
      {all.length === 1 && (
        <Callout>This is the first run: changes and lines appear with the second.</Callout>
      )}
      {(report.growthLeftOut ?? 0) > 0 && (
        <Callout>
          {formatPlural(report.growthLeftOut ?? 0, 'run')} left out: of so many, each day shows its
          last. All are in <code>index.json</code>.
        </Callout>
      )}
      <Columns>
        {measures.map(({ key, title, unit }) => (
          <TimeSeries
            key={key}
            title={title}
            unit={unit}
            series={seriesOf(rows, names, key)}
            {...ends}
            empty={
              key === 'duplicateBytes'
                ? 'No duplicates were recorded in this range.'
                : 'Nothing was recorded in this range.'
            }
          />
        ))}
        <Work report={report} from={start} />
      </Columns>
      <Section
        heading="Changes from run to run"
        about="Each run against the one before of the same scope. Growth of junk, stale files and duplicates is red."
      >
        <DataTable
          id="growth"
          caption="Changes from run to run"
          rows={rows}
          columns={columns}
          sort={{ column: 'at', descending: true }}
          noun="run"
          placeholder="Search scopes"
          empty={<EmptyState title="No run lies in this range." />}
        />
      </Section>
    </>
  );
}

/** A line for each scope; its looks stay when others are filtered out. */
function seriesOf(rows: readonly GrowthRow[], names: readonly string[], key: MeasureKey): Series[] {
  return names.flatMap((name, look) => {
    const points = rows
      .filter((row) => row.subject === name)
      .flatMap(({ at, values }) => {
        const value = values[key];
        return value === null ? [] : [{ time: Date.parse(at), value }];
      })
      .reverse();
    return points.length > 0 ? [{ id: name, name, look, points }] : [];
  });
}
