import {
  ageText,
  Callout,
  Columns,
  CopyLine,
  formatDuration,
  mountReport,
  PageHead,
  plural,
  Section,
  useNow,
  Visible,
} from '@om-ops/kit/page';
import { countsText } from '../../verdict.ts';
import type { SummaryReport } from '../types.ts';
import { Attention } from './attention.tsx';
import { BackupGrid } from './backup-grid.tsx';
import { Changes } from './changes.tsx';
import { LastDay } from './last-day.tsx';
import { Parts } from './parts.tsx';
import { Ring } from './ring.tsx';
import './styles.css';

const dayMs = 86_400_000;

function Page({ report }: { report: SummaryReport }) {
  return (
    <>
      <Head report={report} />
      <OldPage report={report} />
      <Attention report={report} />
      {report.watch === null && <Unwatched report={report} />}
      <LastDay report={report} />
      <Parts report={report} />
      <Columns wide>
        <Section heading="Backups, 14 days" sheet>
          <BackupGrid report={report} />
        </Section>
        <Section heading="Since the last run" sheet>
          <Changes report={report} />
        </Section>
      </Columns>
    </>
  );
}

function Head({ report }: { report: SummaryReport }) {
  const { counts, level, panels } = report;
  const names = (tone: string) =>
    report.changes
      .filter((change) => change.kind === 'state' && change.tone === tone)
      .map(({ key }) => panels.find(({ topic }) => topic === key)?.title ?? key);
  const [worse, better] = [names('bad'), names('good')];
  return (
    <div class="summary-head">
      <Ring counts={counts} level={level} />
      <PageHead
        lede={
          <>
            {countsText(counts)}
            {worse.length > 0 && (
              <>
                {' '}
                Worse than at the run before: <Visible text={worse.join(', ')} />.
              </>
            )}
            {better.length > 0 && (
              <>
                {' '}
                Better: <Visible text={better.join(', ')} />.
              </>
            )}
          </>
        }
      >
        <Checked report={report} />
      </PageHead>
    </div>
  );
}

/** When the site was last looked at by itself, on the reader's clock. */
function Checked({ report: { watch, at } }: { report: SummaryReport }) {
  const age = useNow() - Date.parse(watch?.at ?? at);
  const how =
    watch === null
      ? 'no check runs by itself'
      : age > 3 * watch.everyMs
        ? `it was to be every ${formatDuration(watch.everyMs)}`
        : `every ${formatDuration(watch.everyMs)}`;
  return (
    <p class="checked">
      <strong>
        {watch === null ? 'seen' : 'checked'} {ageText(age)}
      </strong>
      <span>{how}</span>
    </p>
  );
}

/** A page says how it was; what is read a day later has to be told so. */
function OldPage({ report: { at } }: { report: SummaryReport }) {
  const days = Math.floor((useNow() - Date.parse(at)) / dayMs);
  if (days < 1) return null;
  return (
    <div class="old-page">
      <Callout tone="warn">
        <p>
          This is how it was {plural(days, 'day')} ago. How it is now:{' '}
          <CopyLine text="om-ops summary run" of="the command that makes this page anew" />
        </p>
      </Callout>
    </div>
  );
}

/** Without anybody who watches there is no history: the two commands that begin one. */
function Unwatched({ report: { against } }: { report: SummaryReport }) {
  return (
    <section class="needs sheet" aria-label="Nothing watches this site">
      <ul>
        <li>
          <div class="need-text">
            <h3>Nothing watches this site</h3>
            <p class="about">
              {against === null
                ? 'This is the first run, and one moment. History begins with it; '
                : 'This page shows single moments; '}
              what is between two runs is seen by nobody. Let it be checked every minute, or keep
              one process that does.
            </p>
          </div>
          <div class="need-do">
            <CopyLine text="om-ops schedule install" of="the command that has it checked" />
            <CopyLine text="om-ops health watch" of="the command that keeps checking" />
          </div>
        </li>
      </ul>
    </section>
  );
}

mountReport<SummaryReport>((report) => <Page report={report} />);
