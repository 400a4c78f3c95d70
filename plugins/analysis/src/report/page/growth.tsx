import {
  Callout,
  type Clock,
  type Column,
  Columns,
  DataTable,
  deltaColumn,
  EmptyState,
  Facts,
  FilterBar,
  formatBytes,
  formatCount,
  plural,
  Section,
  Segments,
  SelectFilter,
  TimeSeries,
  textColumn,
  timeColumn,
  useClock,
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
import { kindsOf, seriesOf } from './growth-series.ts';
import { EarlierWork, TodaysWork } from './work.tsx';

function columnsOf(rows: readonly GrowthRow[], clock: Clock): Column<GrowthRow>[] {
  const write = clock.apart(rows.map(({ at }) => at));
  return [
    timeColumn<GrowthRow>('at', 'Run', (row) => row.at, { main: true, write }),
    textColumn<GrowthRow>('scope', 'Scope', (row) => row.subject, { width: '14rem' }),
    ...measures.map(({ key, short, unit }) => {
      const column = deltaColumn<GrowthRow>(key, short, (row) => row.deltas[key], {
        unit,
        welcome: key === 'bytes' || key === 'files' ? 'neither' : 'down',
        width: '8.5rem',
      });
      return kindsOf(rows, key).length > 1 ? withKind(column, key) : column;
    }),
  ];
}

/** Says below each change of which kind the run was. */
function withKind(column: Column<GrowthRow>, key: MeasureKey): Column<GrowthRow> {
  return {
    ...column,
    cell: (row) => (
      <>
        {column.cell(row)}
        {row.values[key] !== null && <span class="row-kind">{row.kinds[key]}</span>}
      </>
    ),
  };
}

/** Of what kind the values of a chart are. */
function aboutOf(key: MeasureKey, rows: readonly GrowthRow[]): string | undefined {
  const [kind, another] = kindsOf(rows, key);
  if (kind === undefined) return undefined;
  if (key === 'staleFiles') {
    return another === undefined
      ? `Age from which a file is stale: ${kind}.`
      : 'A line for each age from which files were stale: they are not compared.';
  }
  if (key !== 'duplicateBytes') return undefined;
  if (another !== undefined) {
    return 'A line for each mode: full compares contents, quick only names and sizes.';
  }
  return kind === 'full'
    ? 'By content (full mode).'
    : kind === 'quick'
      ? 'By name and size (quick mode).'
      : undefined;
}

/** The growth dashboard: five series over time, what changed from run to run, and the work behind it. */
export function Growth({ report }: { report: AnalysisReport }) {
  const hash = useHash();
  const clock = useClock();
  const [subject, setSubject] = useHashParam('scope');
  const [range, setRange] = useHashParam('range', 'all');
  const now = Date.parse(report.generatedAt);
  const all = useMemo(() => growthRows(report.growth), [report]);
  const names = useMemo(() => [...new Set(all.map((row) => row.subject))], [all]);
  const columns = useMemo(() => columnsOf(all, clock), [all, clock]);
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
      {all.length > 1 && (
        <FilterBar
          label="Filter the growth dashboard"
          active={(subject === '' ? 0 : 1) + (range === 'all' ? 0 : 1)}
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
      )}
      {(report.growthLeftOut ?? 0) > 0 && (
        <Callout>
          {plural(report.growthLeftOut ?? 0, 'run')} left out: of so many, each day shows its last.
          All are in <code>index.json</code>.
        </Callout>
      )}
      {all.length === 1 ? (
        <Columns wide>
          <First row={all[0]!} />
          <TodaysWork report={report} />
        </Columns>
      ) : (
        <Columns>
          {measures.map(({ key, title, unit }) => (
            <TimeSeries
              key={key}
              title={title}
              unit={unit}
              about={aboutOf(key, all)}
              series={seriesOf(rows, all, key)}
              {...ends}
              empty={
                key === 'duplicateBytes'
                  ? 'No duplicates were recorded in this range.'
                  : 'Nothing was recorded in this range.'
              }
            />
          ))}
          <TodaysWork report={report} />
        </Columns>
      )}
      <EarlierWork report={report} from={start} />
      {all.length > 1 && (
        <Section
          heading="Changes from run to run"
          about="Each run against the one before of the same scope; duplicates against the last of the same mode, stale files against the last with the same age. Growth of junk, stale files and duplicates is red."
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
      )}
    </>
  );
}

/** One run is no growth: its figures, and when there will be. */
function First({ row }: { row: GrowthRow }) {
  const clock = useClock();
  return (
    <Section
      heading="It grows from the second run"
      about={`The figures of the first, of ${clock.dateTime(row.at)}.`}
      sheet
    >
      <Facts
        items={measures.map(({ key, title, unit }) => {
          const value = row.values[key];
          return [
            title,
            value === null ? '–' : unit === 'bytes' ? formatBytes(value) : formatCount(value),
          ];
        })}
      />
    </Section>
  );
}
