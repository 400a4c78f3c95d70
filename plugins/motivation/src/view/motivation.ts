import { formatDuration, formatTime, plural, printable, styleFor } from '@om-ops/kit/text';
import { dayText } from '../day-text.ts';
import { endedHeadline } from '../ended-headline.ts';
import type { Counts, Deed, Motivation, Next } from '../motivation.ts';
import { streakText } from '../streak-text.ts';

const shownDeeds = 5;

export function motivationText(day: Motivation): string {
  const style = styleFor(process.stdout);
  const { date, at, isToday, headline, lede, accomplishments, setbacks, counts, next, streak } =
    day;
  const when = isToday ? `${dayText(date)}, until ${formatTime(at).slice(11)}` : dayText(date);
  const figures = figuresText(counts);
  const row = streakText(streak);
  const deeds = accomplishments.length > 1 ? accomplishments.slice(0, shownDeeds) : [];
  return [
    `${style.dim(when)}\n${style.bold(printable(endedHeadline(headline)))}\n${printable(lede)}`,
    ...(deeds.length > 0 ? [deeds.map((deed) => deedText(deed)).join('\n')] : []),
    ...(accomplishments.length > shownDeeds
      ? [`and ${accomplishments.length - shownDeeds} more`]
      : []),
    ...(setbacks.length > 0 && day.chosen !== 'failed'
      ? [['Did not work out:', ...setbacks.map((deed) => deedText(deed))].join('\n')]
      : []),
    ...(figures === '' ? [] : [figures]),
    ...(row === '' ? [] : [row]),
    ...(next.length > 0 ? [['It can go on with:', ...next.map(nextText)].join('\n')] : []),
  ].join('\n\n');
}

function deedText({ title, why }: Deed): string {
  return `  ${printable(title)}\n    ${printable(why)}`;
}

function nextText({ text, mark, command }: Next): string {
  return `  ${printable(text)} (${mark})${command === null ? '' : `: ${command}`}`;
}

/** What there was; what there was not is left out. */
function figuresText(counts: Counts): string {
  const { sessions, succeeded, open, entries, minutes, operations, operationsFailed } = counts;
  const { backups, backupsVerified, backupsFailed } = counts;
  return [
    ...(sessions > 0
      ? [`${plural(sessions, 'session')} (${succeeded} with success, ${open} open)`]
      : []),
    ...(entries > 0 ? [plural(entries, 'entry', 'entries')] : []),
    ...(minutes > 0 ? [`${formatDuration(minutes * 60_000)} in sessions`] : []),
    ...(operations > 0
      ? [
          `${plural(operations, 'operation')}${operationsFailed > 0 ? ` (${operationsFailed} failed)` : ''}`,
        ]
      : []),
    ...(backups > 0 ? [`${plural(backups, 'backup')} (${backupsVerified} verified)`] : []),
    ...(backupsFailed > 0 ? [`${plural(backupsFailed, 'backup')} failed`] : []),
  ].join(' · ');
}
