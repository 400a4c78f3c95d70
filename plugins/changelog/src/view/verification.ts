import type { SessionVerification, Verification } from '@om-ops/kit/journal';
import { formatTable, plural, printableName, styleFor } from '@om-ops/kit/text';

/** What `verify` found: every session in a line, below it what is wrong with it. */
export function verificationText({ sessions }: Verification): string {
  if (sessions.length === 0) return 'There are no sessions to verify.';
  const table = formatTable<SessionVerification>(
    [
      { head: 'RESULT', cell: ({ status }) => resultOf(status) },
      { head: 'SESSION', cell: ({ session_id }) => printableName(session_id) },
      { head: 'ENTRIES', cell: ({ entries }) => String(entries), align: 'right' },
      { head: 'CHAINED', cell: ({ chained }) => String(chained), align: 'right' },
      { head: 'TITLE', cell: ({ title }) => printableName(title) },
    ],
    sessions,
  );
  const details = sessions
    .filter(({ problems, notes }) => problems.length + notes.length > 0)
    .map(({ session_id, title, problems, notes }) =>
      [
        `${printableName(session_id)} ${printableName(title)}`,
        ...limited(problems.map(({ message }) => message)),
        ...notes.map((note) => `note: ${note}`),
      ].join('\n  '),
    );
  return [table, ...details].join('\n\n');
}

/** One sentence over all of them. */
export function verificationSummary({ sessions }: Verification): string {
  const broken = sessions.filter(({ status }) => status === 'broken');
  const problems = broken.reduce((sum, session) => sum + session.problems.length, 0);
  return `${plural(broken.length, 'session is', 'sessions are')} not as om-ops wrote ${broken.length === 1 ? 'it' : 'them'}: ${plural(problems, 'problem')}.`;
}

function resultOf(status: SessionVerification['status']): string {
  const style = styleFor(process.stdout);
  if (status === 'broken') return style.red('BROKEN');
  return status === 'ok' ? style.green('ok') : style.yellow('unchained');
}

/** An altered session of thousands of entries must not scroll everything else away. */
function limited(messages: readonly string[]): string[] {
  const shown = messages.slice(0, 20);
  const left = messages.length - shown.length;
  return left > 0 ? [...shown, `… ${left} more: om-ops changelog verify --json`] : shown;
}
