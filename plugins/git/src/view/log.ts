import { formatTable, formatTime, printableName } from '@om-ops/kit/text';
import type { GitLog } from '../log.ts';

export function logText({ commits }: GitLog): string {
  if (commits.length === 0) return 'There is no commit yet. Make one: om-ops git commit';
  return formatTable(
    [
      { head: 'Commit', cell: ({ commit }) => commit.slice(0, 10) },
      { head: 'Time', cell: ({ date }) => formatTime(date) },
      { head: 'Author', cell: ({ author }) => printableName(author) },
      { head: 'Subject', cell: ({ subject }) => printableName(subject) },
      { head: 'Branches and tags', cell: ({ refs }) => printableName(refs.join(', ')) },
    ],
    commits,
  );
}
