import { formatDuration, plural } from '@om-ops/kit/text';
import { type SessionDay, sessionsOn } from './counts.ts';
import { isWeekend } from './days.ts';
import type { Known } from './known.ts';
import type { Counts, Deed, Motivation } from './motivation.ts';
import { writtenOn } from './record.ts';

type Headline = Pick<Motivation, 'headline' | 'chosen' | 'lede' | 'ref'>;

/**
 * One true sentence: a milestone reached, else a session with success and a summary, else what had been
 * open the longest and was closed, else what failed, else where most was written, else the quiet.
 */
export function headlineOf(
  known: Known,
  {
    deeds,
    setbacks,
    counts,
  }: { deeds: readonly Deed[]; setbacks: readonly Deed[]; counts: Counts },
): Headline {
  const [deed, ...more] = deeds;
  if (deed !== undefined) {
    const headline =
      deed.kind === 'milestone'
        ? `“${deed.title}” is done`
        : deed.kind === 'closed'
          ? `“${deed.title}” is closed`
          : deed.title;
    const chosen = deed.kind === 'milestone' || deed.kind === 'closed' ? deed.kind : 'session';
    const rest =
      deed.kind === 'milestone' && more.length > 0
        ? ` ${plural(more.length, 'more thing')} finished the same day.`
        : '';
    return {
      headline,
      chosen,
      lede: `${deed.why}${rest}${failedText(setbacks)}`.trim(),
      ref: deed.ref,
    };
  }
  const [setback] = setbacks;
  if (setback !== undefined) {
    return {
      headline: `“${setback.title}” did not work out, and now it is known`,
      chosen: 'failed',
      lede: `${setback.why}${setbacks.length > 1 ? ` ${plural(setbacks.length - 1, 'more session')} failed too.` : ''} What is written down need not be found out twice.`,
      ref: setback.ref,
    };
  }
  const written = ({ session }: SessionDay) => writtenOn(session, known.date).length;
  const [most] = sessionsOn(known.date, known).sort((one, other) => written(other) - written(one));
  if (most !== undefined) {
    const { session } = most;
    const count = written(most);
    const all = session.entryCount;
    return {
      headline:
        count === 0
          ? `“${session.title}” was begun`
          : `${plural(count, 'entry', 'entries')} went into “${session.title}”`,
      chosen: 'entries',
      lede: [
        session.closedAt === null ? 'It is still open.' : 'It was closed later.',
        ...(all > count ? [`${plural(all, 'entry is', 'entries are')} in it by now.`] : []),
        ...(counts.minutes > 0
          ? [`${formatDuration(counts.minutes * 60_000)} in sessions that day.`]
          : []),
      ].join(' '),
      ref: session.ref,
    };
  }
  return quiet(known, counts);
}

function failedText(setbacks: readonly Deed[]): string {
  if (setbacks.length === 0) return '';
  const [first] = setbacks;
  return setbacks.length === 1
    ? ` “${first?.title}” did not work out.`
    : ` ${plural(setbacks.length, 'session')} did not work out.`;
}

/** What the server did is said only where the record has it. */
function quiet({ date, isToday, sessions, milestones }: Known, counts: Counts): Headline {
  const server = serverText(counts);
  if (sessions.length === 0 && milestones.length === 0 && server === '') {
    return {
      headline: 'Nothing was recorded yet',
      chosen: 'nothing',
      lede: 'What you write into a session is told here: what was finished, how it went, and what is still open.',
      ref: null,
    };
  }
  const worked = counts.backups > 0 || counts.operations > counts.operationsFailed;
  const headline = isToday
    ? 'Nothing is written down yet today'
    : isWeekend(date)
      ? worked
        ? 'A day off. The server had none'
        : 'A day off'
      : 'A quiet day';
  return {
    headline,
    chosen: 'quiet',
    lede: ['No session was written down.', server].filter(Boolean).join(' '),
    ref: null,
  };
}

function serverText(counts: Counts): string {
  const { backups, backupsVerified, backupsFailed, operations, operationsFailed } = counts;
  const parts = [
    ...(backups > 0
      ? [
          `${plural(backups, 'backup was', 'backups were')} made${backupsVerified > 0 ? `, ${backupsVerified === backups ? 'all' : backupsVerified} of them verified` : ''}`,
        ]
      : []),
    ...(backupsFailed > 0 ? [`${plural(backupsFailed, 'backup')} failed`] : []),
    ...(operations > 0
      ? [
          `om-ops did ${plural(operations, 'thing')}, ${operationsFailed === 0 ? 'and none failed' : `of which ${operationsFailed} failed`}`,
        ]
      : []),
  ];
  return parts.length === 0 ? '' : `Meanwhile ${parts.join('; ')}.`;
}
