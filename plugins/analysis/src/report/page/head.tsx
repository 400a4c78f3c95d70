import {
  Card,
  Cards,
  formatBytes,
  formatCount,
  formatDuration,
  formatShare,
  PageHead,
  Path,
  plural,
  RunSelector,
  useClock,
  Visible,
} from '@om-ops/kit/page';
import type { AnalysisReport, RunDetail } from '../types.ts';
import { historyOf, type MeasureKey } from './growth-rows.ts';

interface HeadProps {
  report: AnalysisReport;
  run: RunDetail;
  onRun: (run: string) => void;
}

/** What was analysed, when, and which run is shown. */
export function Head({ report, run, onRun }: HeadProps) {
  const clock = useClock();
  const written = clock.apart(report.runs.map(({ at }) => at));
  const runs = report.runs.map(({ run: id, at, scope, path, totals }) => ({
    id,
    label: `${written(at)} · ${subjectOf({ scope, path })} · ${formatBytes(totals.bytes)}`,
  }));
  return (
    <PageHead
      heading={<Visible text={run.heading} />}
      lede={
        <>
          {subjectOf(run) === run.path.split('/').findLast(Boolean) ? '' : `${subjectOf(run)}: `}
          <Path path={run.path} /> · {plural(run.totals.directories, 'folder')}, read in{' '}
          {formatDuration(run.seconds * 1000)} on {written(run.at)}
        </>
      }
    >
      <RunSelector runs={runs} value={run.run} onChange={onRun} />
      {report.runsWithoutDetail > 0 && (
        <p class="note">
          {plural(report.runsWithoutDetail, 'older run')} in the growth dashboard only.
        </p>
      )}
    </PageHead>
  );
}

/** The scope, or the folder's own name where a folder was named instead. */
function subjectOf({ scope, path }: Pick<RunDetail, 'scope' | 'path'>): string {
  return scope === 'path' ? (path.split('/').findLast(Boolean) ?? path) : scope;
}

/** The figures of the run, each against the last run of the same scope that it can be compared with. */
export function RunCards({ report, run }: Omit<HeadProps, 'onRun'>) {
  const { totals, junk, duplicates, stale } = run;
  const compared = (key: MeasureKey) => {
    const { values, before, against } = historyOf(report.growth, run, key);
    return { history: values, before, ...(against === undefined ? {} : { against }) };
  };
  return (
    <Cards label="Totals of this run">
      <Card
        label="Total size"
        value={totals.bytes}
        unit="bytes"
        note={`${formatBytes(totals.diskBytes)} on disk`}
        {...compared('bytes')}
      />
      <Card label="Files" value={totals.files} {...compared('files')} />
      <Card
        label="Junk"
        value={junk.bytes}
        unit="bytes"
        tone={junk.bytes > 0 ? 'warn' : 'good'}
        welcome="down"
        note={`${plural(junk.items, 'item')}, ${formatShare(junk.bytes / (totals.bytes || 1))} of the size`}
        {...compared('junkBytes')}
      />
      <Card
        label="Duplicates"
        value={duplicates.wastedBytes}
        unit="bytes"
        tone={duplicates.wastedBytes > 0 ? 'warn' : 'good'}
        welcome="down"
        note={`${plural(duplicates.groups, 'group')} by ${duplicates.mode === 'full' ? 'content' : 'name and size'} (${duplicates.mode})`}
        {...compared('duplicateBytes')}
      />
      <Card
        label={`Stale for ${formatCount(stale.days)} days`}
        value={stale.files}
        suffix={stale.files === 1 ? 'file' : 'files'}
        welcome="down"
        note={formatBytes(stale.bytes)}
        {...compared('staleFiles')}
      />
    </Cards>
  );
}
