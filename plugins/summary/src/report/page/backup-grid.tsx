import {
  ageText,
  CopyLine,
  EmptyState,
  useClock,
  useNow,
  Visible,
  visibleText,
} from '@om-ops/kit/page';
import type { BackupDays, BackupRow, DayState } from '../../summary.ts';
import type { SummaryReport } from '../types.ts';

const words: Record<DayState, string> = {
  verified: 'made and verified',
  made: 'made',
  partial: 'made, something is missing in it',
  failed: 'failed',
  none: 'none',
};

/** What was made of each in fourteen days. */
export function BackupGrid({ report: { backups } }: { report: SummaryReport }) {
  if (backups === null) {
    return (
      <EmptyState title="No backup was made in 14 days." command="om-ops backup run --all">
        What is lost until then cannot be put back.
      </EmptyState>
    );
  }
  return (
    <>
      <Grid backups={backups} />
      <p class="note">
        Filled: made and verified · pale: made · half: something is missing in it · dashed: none ·
        with a cross: failed.{' '}
        <CopyLine text="om-ops backup list" of="the command that lists them" />
      </p>
    </>
  );
}

function Grid({ backups: { days, rows } }: { backups: BackupDays }) {
  const clock = useClock();
  const dayName = (day: string | undefined) =>
    day === undefined ? '' : clock.dayMonth(clock.startOfDay(day));
  return (
    <table class="backup-days">
      <caption class="off-screen">
        Backups of each day, the last one is the day of this page
      </caption>
      <colgroup>
        <col class="backup-of" />
        <col span={days.length} />
        <col class="backup-newest" />
      </colgroup>
      <thead>
        <tr class="off-screen">
          <th scope="col">Of</th>
          {days.map((day) => (
            <th scope="col" key={day}>
              {dayName(day)}
            </th>
          ))}
          <th scope="col">Newest</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.of} row={row} days={days} dayName={dayName} />
        ))}
      </tbody>
      <tfoot aria-hidden="true">
        <tr>
          <td />
          <td colSpan={7}>{dayName(days[0])}</td>
          <td colSpan={7} class="backup-last-day">
            {dayName(days.at(-1))}
          </td>
          <td />
        </tr>
      </tfoot>
    </table>
  );
}

function Row({
  row: { of, states, notes, newest },
  days,
  dayName,
}: {
  row: BackupRow;
  days: readonly string[];
  dayName: (day: string | undefined) => string;
}) {
  const now = useNow();
  return (
    <tr>
      <th scope="row">
        <Visible text={of} />
      </th>
      {states.map((state, at) => (
        <td
          key={days[at]}
          title={visibleText(
            `${dayName(days[at])}: ${words[state]}${notes[at] ? `. ${notes[at]}` : ''}`,
          )}
        >
          <span class="backup-day" data-state={state}>
            <span class="off-screen">{words[state]}</span>
          </span>
        </td>
      ))}
      <td class="backup-newest">{newest === null ? 'none' : ageText(now - Date.parse(newest))}</td>
    </tr>
  );
}
