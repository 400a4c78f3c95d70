import {
  Card,
  Cards,
  formatBytes,
  formatCount,
  formatDuration,
  formatPlural,
  formatShare,
  PageHead,
  Path,
  RunSelector,
  useClock,
} from '@om-ops/kit/page';
import type { AnalysisReport, RunDetail } from '../types.ts';
import { historyOf, runBefore } from './growth-rows.ts';

interface HeadProps {
  report: AnalysisReport;
  run: RunDetail;
  onRun: (run: string) => void;
}

/** What was analysed, when, and which run is shown. */
export function Head({ report, run, onRun }: HeadProps) {
  const clock = useClock();
  const runs = report.runs.map(({ run: id, at, scope, path, totals }) => ({
    id,
    label: `${clock.dateTime(at)} · ${subjectOf({ scope, path })} · ${formatBytes(totals.bytes)}`,
  }));
  return (
    <PageHead
      heading={<>Analysis of {subjectOf(run)}</>}
      lede={
        <>
          <Path path={run.path} /> · {formatPlural(run.totals.directories, 'folder')}, read in{' '}
          {formatDuration(run.seconds * 1000)} on {clock.dateTime(run.at)}
        </>
      }
    >
      <RunSelector runs={runs} value={run.run} onChange={onRun} />
      {report.runsWithoutDetail > 0 && (
        <p class="note">
          {formatPlural(report.runsWithoutDetail, 'older run')} in the growth dashboard only.
        </p>
      )}
    </PageHead>
  );
}

/** The scope, or the folder's own name where a folder was named instead. */
function subjectOf({ scope, path }: Pick<RunDetail, 'scope' | 'path'>): string {
  return scope === 'path' ? (path.split('/').findLast(Boolean) ?? path) : scope;
}

/** The figures of the run, each against the run before of the same scope. */
export function RunCards({ report, run }: Omit<HeadProps, 'onRun'>) {
  const before = runBefore(report.growth, run.run);
  const { totals, junk, duplicates, stale } = run;
  const history = (key: Parameters<typeof historyOf>[2]) => historyOf(report.growth, run.run, key);
  return (
    <Cards label="Totals of this run">
      <Card
        label="Total size"
        value={totals.bytes}
        unit="bytes"
        before={before?.bytes ?? undefined}
        history={history('bytes')}
        note={`${formatBytes(totals.diskBytes)} on disk`}
      />
      <Card
        label="Files"
        value={totals.files}
        before={before?.files ?? undefined}
        history={history('files')}
      />
      <Card
        label="Junk"
        value={junk.bytes}
        unit="bytes"
        tone={junk.bytes > 0 ? 'warn' : 'good'}
        before={before?.junkBytes ?? undefined}
        welcome="down"
        history={history('junkBytes')}
        note={`${formatPlural(junk.items, 'item')}, ${formatShare(junk.bytes / (totals.bytes || 1))} of the size`}
      />
      <Card
        label="Duplicates"
        value={duplicates.wastedBytes}
        unit="bytes"
        tone={duplicates.wastedBytes > 0 ? 'warn' : 'good'}
        before={before?.duplicateBytes ?? undefined}
        welcome="down"
        history={history('duplicateBytes')}
        note={`${formatPlural(duplicates.groups, 'group')} by ${duplicates.mode === 'full' ? 'content' : 'name and size'}`}
      />
      <Card
        label={`Stale for ${formatCount(stale.days)} days`}
        value={stale.files}
        suffix={stale.files === 1 ? 'file' : 'files'}
        before={before?.staleDays === stale.days ? (before.staleFiles ?? undefined) : undefined}
        welcome="down"
        history={history('staleFiles')}
        note={formatBytes(stale.bytes)}
      />
    </Cards>
  );
}
