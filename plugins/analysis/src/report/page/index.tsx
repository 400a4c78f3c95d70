import {
  EmptyState,
  Loading,
  mountReport,
  PageHead,
  type Tab,
  Tabs,
  useRun,
} from '@om-ops/kit/page';
import type { ComponentChildren } from 'preact';
import type { AnalysisReport, RunDetail, RunTables } from '../types.ts';
import { DuplicateGroups } from './duplicates.tsx';
import { Growth } from './growth.tsx';
import { Head, RunCards } from './head.tsx';
import { Junk } from './junk.tsx';
import { Largest } from './largest.tsx';
import { Overview } from './overview.tsx';
import './page.css';
import { Stale } from './stale.tsx';
import { useRunTables } from './tables.ts';

function Page({ report }: { report: AnalysisReport }) {
  const [id, setRun] = useRun(report.runs.map(({ run }) => ({ id: run, label: run })));
  const run = report.runs.find((each) => each.run === id);
  if (!run) return <NoRun report={report} />;
  const growth: Tab = { id: 'growth', label: 'Growth', content: () => <Growth report={report} /> };
  return (
    <>
      <Head report={report} run={run} onRun={setRun} />
      <RunCards report={report} run={run} />
      <Tabs label="Parts of the analysis" tabs={[...tabsOf(run), growth]} />
    </>
  );
}

function tabsOf(run: RunDetail): Tab[] {
  const drawn = (draw: (tables: RunTables) => ComponentChildren) => () => (
    <WithTables key={run.run} run={run} draw={draw} />
  );
  return [
    {
      id: 'overview',
      label: 'Overview',
      content: drawn((tables) => <Overview run={run} tables={tables} />),
    },
    {
      id: 'largest',
      label: 'Largest',
      content: drawn((tables) => <Largest run={run} tables={tables} />),
    },
    {
      id: 'junk',
      label: 'Junk',
      count: run.junk.items,
      content: drawn((tables) => <Junk run={run} tables={tables} />),
    },
    {
      id: 'duplicates',
      label: 'Duplicates',
      count: run.duplicates.groups,
      content: drawn((tables) => <DuplicateGroups run={run} tables={tables} />),
    },
    {
      id: 'stale',
      label: 'Stale',
      count: run.stale.files,
      content: drawn((tables) => <Stale run={run} tables={tables} />),
    },
  ];
}

interface WithTablesProps {
  run: RunDetail;
  draw: (tables: RunTables) => ComponentChildren;
}

function WithTables({ run, draw }: WithTablesProps) {
  const tables = useRunTables(run);
  if (tables.state === 'loading') return <Loading what="the run" />;
  if (tables.state === 'failed') {
    return <EmptyState title="This run cannot be unpacked.">{tables.message}</EmptyState>;
  }
  return <>{draw(tables.value)}</>;
}

function NoRun({ report }: { report: AnalysisReport }) {
  return (
    <>
      <PageHead lede="What takes the space, what is junk, and how it grows." />
      <EmptyState title="No analysis was run yet." command="om-ops analysis run prod">
        It only reads, and takes seconds for a hundred thousand files.
      </EmptyState>
      {report.growth.length > 0 && <Growth report={report} />}
    </>
  );
}

mountReport<AnalysisReport>((report) => <Page report={report} />);
