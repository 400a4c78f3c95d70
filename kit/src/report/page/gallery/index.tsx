import { useMemo } from 'preact/hooks';
import { formatBytes } from '../format.ts';
import {
  Badge,
  Bars,
  bytesColumn,
  Callout,
  Card,
  Cards,
  Columns,
  CopyBlock,
  copyColumn,
  countColumn,
  DataTable,
  DateRange,
  deltaColumn,
  EmptyState,
  Facts,
  FilterBar,
  Loading,
  MultiFilter,
  mountReport,
  type PackedPaths,
  PageHead,
  pathColumn,
  type Run,
  RunSelector,
  Section,
  Segments,
  SelectFilter,
  Tabs,
  TagFilter,
  Timeline,
  TimeSeries,
  Treemap,
  textColumn,
  timeColumn,
  unpackPaths,
  useClock,
  useEmbedded,
  useHash,
  useHashList,
  useHashParam,
  useRun,
} from '../index.ts';
import type { GalleryData, GalleryFile, GalleryRun } from './data.ts';
import { States } from './states.tsx';
import { treeOf } from './tree.ts';

const scopes = ['prod', 'server', 'front-end', 'entire'];

const fileColumns = [
  pathColumn<GalleryFile>('path', 'Path', (file) => file.path),
  bytesColumn<GalleryFile>('bytes', 'Size', (file) => file.bytes),
  countColumn<GalleryFile>('files', 'Files', (file) => file.files),
  timeColumn<GalleryFile>('modified', 'Modified', (file) => file.modified),
  copyColumn<GalleryFile>(
    'command',
    'Command',
    (file) => file.command,
    (file) => `the command for ${file.path}`,
  ),
];

function Gallery({ data }: { data: GalleryData }) {
  const clock = useClock();
  const runs = data.runs
    .map(
      (run): Run => ({
        id: run.id,
        label: `${clock.dateTime(run.at)} · ${run.scope} · ${formatBytes(run.bytes)}`,
      }),
    )
    .reverse();
  const [run, setRun] = useRun(runs);
  const at = data.runs.findIndex(({ id }) => id === run);
  const chosen = data.runs[at];
  const before = data.runs[at - 1];
  const history = data.runs.slice(0, at + 1).map(({ bytes }) => bytes);
  if (!chosen) {
    return (
      <>
        <PageHead lede="Nothing has been recorded yet." />
        <EmptyState title="There is no run to show." command="om-ops analysis run prod">
          The first run takes a few seconds.
        </EmptyState>
      </>
    );
  }
  return (
    <>
      <PageHead lede={`Scope ${chosen.scope}, /var/www/site/prod, read in 3.2 s`}>
        <RunSelector runs={runs} value={run} onChange={setRun} />
      </PageHead>
      <Cards label="Totals">
        <Card
          label="Total size"
          value={chosen.bytes}
          unit="bytes"
          before={before?.bytes}
          welcome="down"
          history={history}
        />
        <Card
          label="Files"
          value={chosen.files}
          before={before?.files}
          history={data.runs.map(({ files }) => files)}
        />
        <Card
          label="Junk"
          value={chosen.bytes / 7}
          unit="bytes"
          tone="warn"
          note="14% of the size"
        />
        <Card label="Health" value="Degraded" tone="bad" note="2 of 5 sources unreachable" />
        <Card label="Duplicates" value={0} unit="bytes" tone="good" note="none found" />
      </Cards>
      <Tabs
        label="Parts of the report"
        tabs={[
          { id: 'overview', label: 'Overview', content: () => <Overview data={data} /> },
          { id: 'files', label: 'Files', count: data.total, content: () => <Files data={data} /> },
          { id: 'many', label: 'Many rows', count: data.many, content: () => <Many /> },
          { id: 'charts', label: 'Charts', content: () => <Charts runs={data.runs} /> },
          {
            id: 'timeline',
            label: 'Timeline',
            count: data.entries.length,
            content: () => (
              <>
                <Entries data={data} />
                <States />
              </>
            ),
          },
          { id: 'filters', label: 'Filters', content: () => <Filters tags={data.tags} /> },
          { id: 'nothing', label: 'Nothing', count: 0, content: () => <Nothing /> },
        ]}
      />
    </>
  );
}

function Overview({ data }: { data: GalleryData }) {
  const tree = useMemo(() => treeOf(data.files), [data.files]);
  return (
    <>
      <Callout tone="warn">Two folders could not be read; the totals leave them out.</Callout>
      <Section heading="Where the space goes" sheet>
        <Treemap label="Largest folders" root={tree} />
      </Section>
      <Columns>
        <Section heading="Largest files" sheet>
          <Bars
            label="Largest files"
            unit="bytes"
            items={data.files.slice(0, 8).map((file) => ({
              id: file.path,
              label: file.path.split('/').at(-1),
              value: file.bytes,
            }))}
          />
        </Section>
        <Section heading="Facts" sheet>
          <Facts
            items={[
              ['Mode', 'full'],
              ['Hash cap', '20 MB'],
              [
                'State',
                <Badge key="state" tone="good">
                  healthy
                </Badge>,
              ],
              [
                'Outcome',
                <Badge key="outcome" tone="bad">
                  failed
                </Badge>,
              ],
            ]}
          />
        </Section>
      </Columns>
    </>
  );
}

function Files({ data }: { data: GalleryData }) {
  return (
    <DataTable
      id="files"
      caption="Largest files"
      rows={data.files}
      columns={fileColumns}
      sort={{ column: 'bytes', descending: true }}
      noun="file"
      total={data.total}
      rest="analysis.json"
      detail={(file) =>
        file.command === null
          ? null
          : () => <CopyBlock text={file.command ?? ''} of={`the command for ${file.path}`} />
      }
      detailLabel={(file) => `What to do about ${file.path}`}
    />
  );
}

interface Change {
  tag: string;
  change: number;
}

const changeColumns = [
  textColumn<Change>('tag', 'Tag', (row) => row.tag, { main: true }),
  deltaColumn<Change>('change', 'Change', (row) => row.change, { unit: 'bytes', welcome: 'down' }),
];

interface ManyRow {
  path: string;
  bytes: number;
}

const manyColumns = [
  pathColumn<ManyRow>('path', 'Path', (row) => row.path),
  bytesColumn<ManyRow>('bytes', 'Size', (row) => row.bytes),
];

function Many() {
  const rows = useEmbedded<ManyRow[], PackedPaths>('many', (packed) =>
    unpackPaths(packed).map((path, at) => ({ path, bytes: ((at * 7919) % 100_003) * 1000 })),
  );
  if (rows.state === 'loading') return <Loading what="the rows" />;
  if (rows.state === 'failed') return <EmptyState title={rows.message} />;
  return <DataTable id="many" caption="Many rows" rows={rows.value} columns={manyColumns} />;
}

function Charts({ runs }: { runs: readonly GalleryRun[] }) {
  const seriesOf = (value: (run: GalleryRun) => number) =>
    [...new Set(runs.map(({ scope }) => scope))]
      .map((scope, look) => ({
        id: scope,
        name: scope,
        look,
        points: runs
          .filter((run) => run.scope === scope)
          .map((run) => ({ time: Date.parse(run.at), value: value(run) })),
      }))
      .filter(({ points }) => points.length > 0);
  return (
    <Columns>
      <TimeSeries title="Total size" series={seriesOf(({ bytes }) => bytes)} unit="bytes" />
      <TimeSeries title="Files" series={seriesOf(({ files }) => files).slice(0, 1)} unit="count" />
      <TimeSeries title="Nothing yet" series={[]} unit="count" />
      <TimeSeries
        title="Runs a day"
        kind="bars"
        series={[{ id: 'runs', name: 'Runs', look: 1, points: runsPerDay(runs) }]}
        unit="count"
      />
    </Columns>
  );
}

function runsPerDay(runs: readonly GalleryRun[]) {
  const counts = new Map<number, number>();
  for (const { at } of runs) {
    const day = Math.floor(Date.parse(at) / 86_400_000) * 86_400_000;
    counts.set(day, (counts.get(day) ?? 0) + 1);
  }
  return [...counts].map(([time, value]) => ({ time, value }));
}

function Entries({ data }: { data: GalleryData }) {
  return (
    <Timeline
      label="Entries"
      count={data.entries.length}
      item={(at) => {
        const entry = data.entries[at] ?? { at: '', title: '', text: '', failed: false };
        return {
          id: at,
          time: entry.at,
          title: entry.title,
          aside: entry.failed ? (
            <Badge tone="bad">failed</Badge>
          ) : (
            <Badge tone="good">success</Badge>
          ),
          body: <CopyBlock text={entry.text} of="the entry" />,
          tone: entry.failed ? 'bad' : 'good',
        };
      }}
    />
  );
}

function Filters({ tags }: { tags: string[] }) {
  const hash = useHash();
  const [scope, setScope] = useHashParam('scope');
  const [range, setRange] = useHashParam('range', 'all');
  const [from, setFrom] = useHashParam('from');
  const [to, setTo] = useHashParam('to');
  const [chosen, setChosen] = useHashList('tags');
  const [some, setSome] = useHashList('some');
  const choices = tags.map((tag, at) => ({ value: tag, label: tag, count: at * 3 + 1 }));
  return (
    <>
      <FilterBar
        label="Filter everything"
        active={(hash.get('scope') === null ? 0 : 1) + (chosen.length > 0 ? 1 : 0)}
        onReset={() =>
          hash.set({ scope: null, range: null, from: null, to: null, tags: null, some: null })
        }
      >
        <SelectFilter
          label="Scope"
          value={scope}
          all="All scopes"
          choices={scopes.map((value) => ({ value, label: value }))}
          onChange={setScope}
        />
        <MultiFilter label="Tags" values={some} choices={choices} onChange={setSome} />
        <Segments
          label="Range"
          value={range}
          choices={[
            { value: '7', label: '7 days' },
            { value: '30', label: '30 days' },
            { value: 'all', label: 'All' },
          ]}
          onChange={setRange}
        />
        <DateRange
          label="Days"
          from={from}
          to={to}
          onChange={(first, last) => {
            setFrom(first);
            setTo(last);
          }}
        />
        <TagFilter label="Any of" values={chosen} choices={choices} onChange={setChosen} />
      </FilterBar>
      <DataTable
        id="deltas"
        caption="Changes"
        showCaption
        rows={tags.map((tag, at) => ({ tag, change: (at - 2) * 1_250_000 }))}
        columns={changeColumns}
      />
    </>
  );
}

function Nothing() {
  return <DataTable id="nothing" caption="Nothing" rows={[]} columns={fileColumns} noun="file" />;
}

mountReport<GalleryData>((data) => <Gallery data={data} />);
