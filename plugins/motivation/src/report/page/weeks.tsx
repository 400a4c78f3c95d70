import { plural, visibleText } from '@om-ops/kit/page';
import { dayText } from '../../day-text.ts';
import type { Motivation, WeekDay } from '../../motivation.ts';
import { streakText } from '../../streak-text.ts';

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** A column a week; the stronger the colour, the more there was, by one's own measure. */
export function Weeks({ day: { weeks, date, streak } }: { day: Motivation }) {
  const rows = weekdays.map((name, at) => ({
    name,
    days: weeks.filter((_, index) => index % 7 === at),
  }));
  const text = streakText(streak);
  return (
    <>
      <table class="weeks">
        <caption class="off-screen">What there was each day, a column a week</caption>
        <colgroup>
          <col class="weeks-name" />
          <col span={rows[0]?.days.length} />
        </colgroup>
        <tbody>
          {rows.map(({ name, days }) => (
            <tr key={name}>
              <th scope="row">
                <abbr title={name}>{name.slice(0, 3)}</abbr>
              </th>
              {days.map((each) => (
                <td key={each.day}>
                  <span
                    class="week-day"
                    data-level={each.level ?? 'none'}
                    data-now={each.day === date ? '' : undefined}
                    title={visibleText(dayTitle(each))}
                  >
                    <span class="off-screen">{dayTitle(each)}</span>
                  </span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="note">
        {text} {text === '' ? '' : ' '}The stronger the colour, the more was written and finished,
        measured by your own days.
      </p>
    </>
  );
}

function dayTitle({ day, sessions, entries, finished, level }: WeekDay): string {
  if (level === null) return `${dayText(day)}: to come`;
  if (level === 0) return `${dayText(day)}: nothing written down`;
  const parts = [
    plural(sessions, 'session'),
    plural(entries, 'entry', 'entries'),
    ...(finished > 0 ? [`${finished} finished`] : []),
  ];
  return `${dayText(day)}: ${parts.join(', ')}`;
}
